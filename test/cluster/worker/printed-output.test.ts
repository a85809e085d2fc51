import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { takeWarnings } from '../../../src/cluster/index.js'
import { IdleTime } from '../../../src/cluster/worker/idle-time.js'
import { jobOf, poolOf } from '../../../src/cluster/worker/job-of.js'
import { PrintedOutput } from '../../../src/cluster/worker/printed-output.js'

test('however a text is cut, its lines are kept, in order', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('a', 'bc', '\n', 'x\ny', ''), { maxLength: 60 }), (pieces) => {
      const output = new PrintedOutput()
      for (const piece of pieces) output.take('stdout', piece)
      const text = pieces.join('')
      const expected = text.split('\n')
      if (expected.at(-1) === '') expected.pop()
      assert.deepEqual(
        output.lines().map((line) => line.text),
        expected,
      )
    }),
  )
})

test('only the last lines are kept, and none is endless', () => {
  const output = new PrintedOutput()
  for (let i = 0; i < 5000; i++) output.take('stderr', `line ${i}\n`)
  const lines = output.lines()
  assert.equal(lines.length, 2000)
  assert.deepEqual([lines[0]!.text, lines.at(-1)!.text, lines[0]!.stream], ['line 3000', 'line 4999', 'stderr'])
  output.take('stdout', `${'x'.repeat(3e6)}\n`)
  assert.ok(output.lines().reduce((sum, { text }) => sum + text.length, 0) < 2e6)
})

test('what is watched is printed as ever', () => {
  const written: string[] = []
  const stream = { write: (text: string) => written.push(text) > 0 } as unknown as NodeJS.WritableStream
  const output = new PrintedOutput()
  output.watch({ stdout: stream, stderr: { ...stream } as NodeJS.WritableStream })
  stream.write('hello\n')
  output.stop()
  stream.write('later\n')
  assert.deepEqual(written, ['hello\n', 'later\n'])
  assert.deepEqual(
    output.lines().map(({ text }) => text),
    ['hello'],
  )
})

test('threads are idle for the reason there is at the time, and not at all when all compute', () => {
  const idle = new IdleTime()
  idle.set(0, 2, 'inputs')
  idle.set(500, 1, 'inputs')
  idle.set(1500, 4, 'disk')
  idle.set(1750, 3, undefined)
  idle.set(9000, 0, 'memory')
  idle.set(9999, 1, 'memory')
  idle.set(10_999, 0, undefined)
  assert.deepEqual(idle.seconds, { inputs: 2, disk: 1, memory: 1 })
})

test('the job of a batch system is that of its environment', () => {
  assert.deepEqual(jobOf({ SLURM_JOB_ID: '17' }), { job: 'slurm 17' })
  assert.deepEqual(jobOf({ PBS_JOBID: '3.host' }), { job: 'pbs 3.host' })
  assert.deepEqual(jobOf({ JOB_ID: '9', SGE_TASK_ID: 'undefined' }), { job: 'sge 9' })
  assert.deepEqual(jobOf({ JOB_ID: 'something else' }), {})
  assert.deepEqual(jobOf({ LOCAL_JOB_ID: '2' }), { job: 'local 2' })
  assert.deepEqual([poolOf({}), poolOf({ gpu: 1, 'pool:big': 1e9 })], [{}, { pool: 'big' }])
})

test('warnings become lines of JSON, with their level', async () => {
  const lines: string[] = []
  const restore = takeWarnings((line) => lines.push(line))
  try {
    process.emitWarning('the disk is full', { type: 'HeddleWarning', code: 'FULL' })
    await new Promise((resolve) => setImmediate(resolve))
  } finally {
    restore()
  }
  const { level, event, message, kind, code, stack } = JSON.parse(lines[0]!) as Record<string, unknown>
  assert.deepEqual(
    [level, event, message, kind, code, stack],
    ['warning', 'warning', 'the disk is full', 'HeddleWarning', 'FULL', undefined],
  )
})

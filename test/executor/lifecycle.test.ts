// How executors behave towards the program around them: real programs, run as processes.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, test } from 'node:test'
import { TaskError, WorkerLost, compute, config, delayed } from 'heddle'

const fixtures = fileURLToPath(new URL('../../../test/executor/fixtures/', import.meta.url))

/** Runs a fixture and gives what it printed. */
function run(name: string, ...args: string[]): Promise<{ stdout: string; stderr: string; code: number | null }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [`${fixtures}${name}`, ...args], { stdio: ['ignore', 'pipe', 'pipe'], timeout: 60_000 })
    let stdout = ''
    let stderr = ''
    child.stdout.on('data', (d) => (stdout += d))
    child.stderr.on('data', (d) => (stderr += d))
    child.on('error', reject)
    child.on('exit', (code) => resolve({ stdout, stderr, code }))
  })
}

for (const executor of ['inline', 'threads', 'processes']) {
  describe(`a program that uses ${executor}`, () => {
    for (const fixture of ['await', 'unawaited', 'persisted']) {
      test(`${fixture}: prints its result and ends by itself`, async () => {
        const { stdout, stderr, code } = await run(`${fixture}.mjs`, executor)
        assert.equal(stderr, '')
        assert.equal(stdout, '2\n')
        assert.equal(code, 0)
      })
    }
  })
}

for (const executor of ['threads', 'processes'] as const) {
  test(`what is persisted in ${executor} is begun while the program goes on with its turn`, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'heddle-begun-'))
    try {
      const begin = delayed((file: string) => process.getBuiltinModule('node:fs').writeFileSync(file, ''))
      // The lanes are there.
      await begin(join(folder, 'first')).compute({ executor })
      const file = join(folder, 'second')
      const held = begin(file).persist({ executor })
      const end = performance.now() + 30_000
      while (!existsSync(file)) assert.ok(performance.now() < end, 'it has not begun')
      await held.compute({ executor })
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
}

describe('tasks that kill what runs them', () => {
  const fine = delayed((x: number) => x + 1)

  test('threads that run out of memory, in several programs at once: the programs go on', async () => {
    // Where there is little time, V8 needs more memory to end a thread than it is given, unless its newest objects are few.
    const programs = await Promise.all(Array.from({ length: 4 }, () => run('memory.mjs')))
    for (const { stdout, stderr, code } of programs) {
      const [lost, others, after] = stdout.split('\n')
      assert.match(
        lost!,
        /^WorkerLost \(\) => .*: what ran the task lambda-\w+:0 died 2 times.*ran out of memory.*threadPool\.memoryLimit/,
        stderr,
      )
      assert.equal(others, `fulfilled ${(200 * 199) / 2 + 200}`)
      assert.equal(after, '2')
      assert.equal(code, 0)
    }
  })

  for (const executor of ['threads', 'processes'] as const) {
    test(`process.exit in ${executor}: the task is tried again, then fails; its neighbours are unharmed`, async () => {
      const exit = delayed(function exit(x: number): number {
        process.exit(x)
      })
      const all = await Promise.allSettled([
        (async function askForExit() {
          await exit(7).compute({ executor })
        })(),
        compute(
          Array.from({ length: 300 }, (_, i) => fine(i)),
          { executor },
        ),
      ])
      assert.equal(all[0].status, 'rejected')
      assert.ok(all[0].reason instanceof WorkerLost)
      assert.match(all[0].reason.message, /^exit: what ran the task exit-\w+:0 died 4 times.*exited with code 7/)
      assert.match(all[0].reason.stack!, /at async askForExit .*lifecycle\.test/, 'the stack says who asked')
      assert.deepEqual(
        all[1].status === 'fulfilled' && all[1].value,
        Array.from({ length: 300 }, (_, i) => i + 1),
      )
      assert.equal(await fine(1).compute({ executor }), 2)
    })
  }

  test('a process that is killed by the system', async () => {
    const suicide = delayed((): void => {
      process.kill(process.pid, 'SIGKILL')
    })
    await config.with({ processes: 1 }, async () => {
      await assert.rejects(suicide().compute({ executor: 'processes' }), /died 4 times.*killed by SIGKILL/)
      assert.equal(await fine(1).compute({ executor: 'processes' }), 2)
    })
  })

  test('an error outside of any task ends the thread, and says so', async () => {
    const later = delayed(() => {
      setImmediate(() => {
        throw new Error('nobody catches me')
      })
      return new Promise<number>((resolve) => setTimeout(resolve, 60_000, 1).unref())
    })
    await assert.rejects(later().compute(), /WorkerLost.*nobody catches me|nobody catches me/s)
  })
})

describe('clear errors', () => {
  test('an argument that is a promise', () => {
    const inc = delayed((x: number) => x + 1, { name: 'inc' })
    assert.throws(
      // @ts-expect-error the compiler says so too
      () => inc(Promise.resolve(1)),
      /argument 1 of inc is a Promise/,
    )
    const sum = delayed((xs: unknown[]) => xs.length)
    assert.throws(() => sum([1, { a: Promise.resolve(1) }]), /argument 1 of .*, at \[1\]\.a, is a Promise/)
  })

  test('an argument in a circle, with something lazy inside', () => {
    const length = delayed((xs: unknown[]) => xs.length)
    const circle: unknown[] = [length([])]
    circle.push(circle)
    assert.throws(() => length(circle), /contains itself/)
    const harmless: unknown[] = [1]
    harmless.push(harmless)
    assert.doesNotThrow(() => length(harmless))
  })

  test('a closure over a socket is refused before anything runs', async () => {
    const { Socket } = await import('node:net')
    const socket = new Socket()
    const marker = `/tmp/heddle-marker-${process.pid}`
    const touch = delayed((path: string) => import('node:fs').then((fs) => fs.writeFileSync(path, '')))
    const send = delayed((_: unknown) => socket.write('x'))
    await assert.rejects(send(touch(marker)).compute({ executor: 'threads' }), /send.*socket/is)
    assert.ok(!existsSync(marker))
    socket.destroy()
  })

  test('a result that cannot travel', async () => {
    const open = delayed(() => new WeakMap())
    const error = await open()
      .compute({ executor: 'threads' })
      .then(
        () => assert.fail('it did not fail'),
        (e: unknown) => e,
      )
    assert.ok(error instanceof TaskError)
    assert.match(error.message, /the result of open|WeakMap/)
  })

  test('an executor that there is not', async () => {
    const one = delayed(() => 1)()
    // @ts-expect-error the compiler says so too
    const run = () => one.compute({ executor: 'thread' })
    await assert.rejects(run, /"thread" is neither an executor nor one of inline, threads, processes/)
  })
})

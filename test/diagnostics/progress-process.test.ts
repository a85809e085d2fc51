import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { runProgram, startProgram } from './program.js'
import { Screen } from './screen.js'

const shown = { HEDDLE_PROGRESS__SHOW: 'true', HEDDLE_PROGRESS__DELAY: '0' }

test('where the standard error is no terminal nothing is printed', () => {
  const { status, stdout, stderr } = runProgram("await compute(spin(150)); console.log('done')", { HEDDLE_PROGRESS__DELAY: '0' })
  assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: 'done\n', stderr: '' })
})

test('a bar that waits for its time keeps no process alive', () => {
  const { status, stdout, stderr } = runProgram("await compute(spin(1)); console.log('done')", {
    ...shown,
    HEDDLE_PROGRESS__DELAY: '1h',
  })
  assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: 'done\n', stderr: '' })
})

test('tasks in this very thread show progress, and the end takes it away', () => {
  const { status, stderr } = runProgram('await compute(spin(120), spin(120), spin(1))', shown)
  assert.equal(status, 0)
  assert.match(stderr, /inc {2}━+─+ {2}1\/3 {2}33%/)
  const screen = new Screen()
  screen.stream().write(stderr)
  assert.deepEqual(screen.lines, [])
})

test('a bar that is shown keeps no process alive, and goes when the process does', () => {
  for (const [end, expected] of [
    ['', 0],
    ['process.exit(3)', 3],
    ["throw new Error('wrong')", 1],
  ] as const) {
    const { status, stderr } = runProgram(`neverEnding(); ${end}`)
    assert.equal(status, expected)
    assert.match(stderr, /inc {2}─+ {2}0\/5/)
    const screen = new Screen()
    screen.stream().write(stderr)
    assert.ok(!screen.lines.join().includes('inc'), screen.lines.join('\n'))
    assert.equal(screen.lines.length > 0, end.startsWith('throw'))
  }
})

test('an interrupt takes the lines away, and then ends the process as ever', { skip: process.platform === 'win32' }, async () => {
  for (const [listener, end] of [
    ['', 'SIGINT'],
    ["process.on('SIGINT', () => process.exit(7))", 7],
  ] as const) {
    const child = startProgram(`neverEnding(); setInterval(() => undefined, 1e6); ${listener}`)
    let stderr = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      if (!stderr.includes('inc') && (stderr += text).includes('inc')) child.kill('SIGINT')
      else stderr += text
    })
    const [code, signal] = (await once(child, 'close')) as [number | null, string | null]
    assert.equal(code ?? signal, end)
    const screen = new Screen()
    screen.stream().write(stderr)
    assert.deepEqual(screen.lines, [])
  }
})

test('what config.with says holds for what runs in it', () => {
  const { stderr } = runProgram('await config.with({ progress: { show: false } }, () => compute(spin(150), spin(150)))', shown)
  assert.equal(stderr, '')
})

test('$NO_COLOR is respected', () => {
  const program = "process.stderr.hasColors = () => !('NO_COLOR' in process.env); await compute(spin(120), spin(120))"
  // The part of the bar that is left to do is dim.
  assert.ok(runProgram(program, shown).stderr.includes('\x1b[2m'))
  const { stderr } = runProgram(program, { ...shown, NO_COLOR: '1' })
  assert.ok(stderr.includes('inc') && !stderr.includes('\x1b[2m'))
})

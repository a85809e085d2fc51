import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LiveLines } from '../../src/diagnostics/live-lines.js'
import { Screen } from './screen.js'

test('lines are redrawn in place, more or fewer of them, and go without a trace', () => {
  const screen = new Screen()
  const out = screen.stream()
  const lines = new LiveLines(out)
  out.write('before\n')
  lines.show(['one', 'two', 'three'])
  assert.deepEqual(screen.lines, ['before', 'one', 'two', 'three'])
  lines.show(['1'])
  assert.deepEqual(screen.lines, ['before', '1'])
  lines.show(['a', 'b'])
  assert.deepEqual(screen.lines, ['before', 'a', 'b'])
  assert.deepEqual(screen.cursor, [1, 0])
  lines.clear()
  assert.deepEqual(screen.lines, ['before'])
  out.write('after\n')
  assert.deepEqual(screen.lines, ['before', 'after'])
})

test('what the program prints meanwhile appears above, on either stream', () => {
  const screen = new Screen()
  const out = screen.stream()
  const other = screen.stream()
  const lines = new LiveLines(out, [other])
  lines.show(['bar 1', 'bar 2'])
  other.write('hello\n')
  assert.deepEqual(screen.lines, ['hello', 'bar 1', 'bar 2'])
  out.write(Buffer.from('an error\n'))
  assert.deepEqual(screen.lines, ['hello', 'an error', 'bar 1', 'bar 2'])
  lines.show(['bar 3'])
  assert.deepEqual(screen.lines, ['hello', 'an error', 'bar 3'])
  lines.clear()
  assert.deepEqual(screen.lines, ['hello', 'an error'])
})

test('while the program is in the middle of a line, ours wait', () => {
  const screen = new Screen()
  const out = screen.stream()
  const lines = new LiveLines(out)
  lines.show(['bar 1'])
  out.write('half')
  assert.deepEqual(screen.lines, ['half'])
  lines.show(['bar 2'])
  out.write('')
  assert.deepEqual(screen.lines, ['half'])
  out.write(' a line\n')
  assert.deepEqual(screen.lines, ['half a line', 'bar 2'])
  out.write('and half')
  lines.clear()
  out.write(' another\n')
  assert.deepEqual(screen.lines, ['half a line', 'and half another'])
})

test('the beginning of a line that the program had printed before is kept', () => {
  const screen = new Screen(40)
  const out = screen.stream()
  const lines = new LiveLines(out)
  out.write('computing ... ')
  lines.show(['bar 1'])
  assert.deepEqual(screen.lines, ['computing ...', 'bar 1'])
  lines.clear()
  out.write('done\n')
  assert.deepEqual(screen.lines, ['computing ...', 'done'])
})

test('a process that nobody told us of prints over the lines, and is not printed over', () => {
  const screen = new Screen()
  const out = screen.stream()
  const child = screen.stream()
  const lines = new LiveLines(out)
  lines.show(['bar', 'more'])
  child.write('from elsewhere\n')
  lines.show(['bar', 'more'])
  assert.deepEqual(screen.lines, ['from elsewhere', 'bar', 'more'])
})

test('the streams are left as they were found', () => {
  const screen = new Screen()
  const out = screen.stream()
  const { write } = out
  class Stream {
    readonly isTTY = true
    write(): boolean {
      return true
    }
  }
  const inherited = new Stream()
  const exits = process.listenerCount('exit')
  const lines = new LiveLines(out, [inherited])
  assert.equal(out.write, write)
  lines.show(['bar'])
  assert.notEqual(out.write, write)
  assert.equal(process.listenerCount('exit'), exits + 1)
  lines.clear()
  assert.equal(out.write, write)
  assert.deepEqual(Object.keys(inherited), ['isTTY'])
  assert.equal(process.listenerCount('exit'), exits)
})

test('whoever replaced `write` meanwhile keeps his own, which goes on working', () => {
  const screen = new Screen()
  const out = screen.stream()
  const lines = new LiveLines(out)
  lines.show(['bar'])
  const ours = out.write.bind(out)
  const theirs = (text: string | Uint8Array): boolean => ours(`> ${String(text)}`)
  out.write = theirs
  lines.clear()
  assert.equal(out.write, theirs)
  out.write('hello\n')
  assert.deepEqual(screen.lines, ['> hello'])
})

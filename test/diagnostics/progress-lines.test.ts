import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import fc from 'fast-check'
import type { GroupProgress } from '../../src/events/index.js'
import { textWidth } from '../../src/diagnostics/index.js'
import { type ProgressModel, progressLines } from '../../src/diagnostics/progress-lines.js'

const group = (label: string, done: number, total: number, seconds = 0, erred = 0): GroupProgress => ({
  label,
  done,
  total,
  seconds,
  erred,
})
const model = (...groups: GroupProgress[]): ProgressModel => ({ groups, concurrency: 2, started: 1000 })
const frame = { width: 100, height: 20, colors: false }

test('nothing is drawn before anything was submitted', () => {
  assert.deepEqual(progressLines(model(), 5000, frame), [])
})

test('one group is one line: label, bar, count, percentage, time left, time gone', () => {
  // 30 left of 0.2 s each on two cores: 3 s.
  const [line, ...others] = progressLines(model(group('inc', 10, 40, 2)), 2500, frame)
  assert.deepEqual(others, [])
  assert.equal(line, `inc  ${'━'.repeat(10)}${'─'.repeat(30)}  10/40  25%  ETA 3.0 s  elapsed 1.5 s`)
})

test('several groups have a line each and one for all, aligned', () => {
  // Left: 30 × 0.2 s and 10 × 0.1 s, on two cores.
  const lines = progressLines(model(group('load', 10, 40, 2), group('count', 90, 100, 9), group('sum', 0, 1)), 2000, {
    ...frame,
    width: 120,
  })
  const bar = (done: number): string => '━'.repeat(done) + '─'.repeat(40 - done)
  // Many have finished: the speed is what was measured, 11 s of work in the second that went by; the mean of all is 0.11 s.
  assert.deepEqual(lines, [
    `load   ${bar(10)}    10/40  25%  ETA 0.5 s`,
    `count  ${bar(36)}   90/100  90%  ETA 0.1 s`,
    `sum    ${bar(0)}      0/1   0%`,
    `total  ${bar(28)}  100/141  70%  ETA 0.6 s  elapsed 1.0 s`,
  ])
})

test('failures are counted and shown', () => {
  const [line] = progressLines(model(group('load', 20, 40, 2, 4)), 2000, frame)
  assert.match(line!, /━{20}×{4}─{16} {2}20\/40 {2}50%.* {2}4 failed$/)
  // However few they are.
  assert.match(progressLines(model(group('load', 10, 10_000, 2, 1)), 2000, frame)[0]!, / ×─+ .*1 failed$/)
  const [colored] = progressLines(model(group('load', 20, 40, 2, 4)), 2000, { ...frame, colors: true })
  assert.ok(colored!.includes(`\x1b[31m${'━'.repeat(4)}\x1b[0m`) && colored!.endsWith('\x1b[31m4 failed\x1b[0m'))
})

test('100% is said when all is done, not before', () => {
  const percent = (done: number, total: number): string =>
    /(\d+%)/.exec(progressLines(model(group('x', done, total)), 2000, frame)[0]!)![1]!
  assert.equal(percent(999_999, 1_000_000), '99%')
  assert.equal(percent(1_000_000, 1_000_000), '100%')
  assert.equal(percent(0, 0), '100%')
})

test('large counts are short', () => {
  assert.match(progressLines(model(group('x', 1_250_000, 10_000_000)), 2000, frame)[0]!, / 1\.3M\/10M {2}12%/)
})

test('of too many groups those under way are shown, then those that wait; the others are counted', () => {
  const groups = [
    ...Array.from({ length: 5 }, (_, i) => group(`over${i}`, 4, 4, 1)),
    ...Array.from({ length: 5 }, (_, i) => group(`waits${i}`, 0, 4)),
    ...Array.from({ length: 5 }, (_, i) => group(`runs${i}`, 1, 4, 1)),
  ]
  const labels = (height: number): string[] =>
    progressLines(model(...groups), 2000, { ...frame, height }).map((line) => /^(… and \d+ more|\S+)/.exec(line)![1]!)
  assert.deepEqual(labels(20), [
    'waits0',
    'waits1',
    'waits2',
    'runs0',
    'runs1',
    'runs2',
    'runs3',
    'runs4',
    '… and 7 more',
    'total',
  ])
  assert.deepEqual(labels(5), ['runs0', 'runs1', 'runs2', '… and 12 more', 'total'])
  assert.deepEqual(labels(2), ['total'])
})

test('when it gets narrow, first the bar goes, then the notes, then the label', () => {
  const at = (width: number): string => progressLines(model(group('aLongNameOfATask', 10, 40, 2)), 2500, { ...frame, width })[0]!
  assert.match(at(79), /^aLongNameOfATask {2}━+─+ {2}10\/40 {2}25% {2}ETA 3\.0 s {2}elapsed 1\.5 s$/)
  assert.match(
    at(56),
    /^aLongNameOfATask {2}10\/40 {2}25% {2}ETA 3\.0 s {2}elapsed 1\.5 s$|^aLongName\S*… {2}10\/40 {2}25% {2}ETA 3\.0 s {2}elapsed 1\.5 s$/,
  )
  assert.match(at(30), /^aLongName\S*… {2}10\/40 {2}25%$/)
  assert.equal(at(12), '10/40  25%')
  assert.equal(at(5), '10/4…')
})

test('whatever the model and the frame: no line is wider than the frame, and there are not more of them than fit', () => {
  const label = fc.oneof(fc.string(), fc.string({ unit: 'grapheme' }), fc.constantFrom('日本語のラベル', 'a\nb', '\x1b[31mred'))
  const groups = fc.array(
    fc.record({
      label,
      total: fc.nat(2e7),
      part: fc.double({ min: 0, max: 1, noNaN: true }),
      bad: fc.double({ min: 0, max: 1, noNaN: true }),
      seconds: fc.double({ min: 0, max: 1e6, noNaN: true }),
    }),
    { minLength: 1, maxLength: 12 },
  )
  fc.assert(
    fc.property(
      groups,
      fc.integer({ min: 1, max: 200 }),
      fc.integer({ min: 1, max: 20 }),
      fc.boolean(),
      fc.nat(1e7),
      (list, width, height, colors, elapsed) => {
        const all = list.map(({ label, total, part, bad, seconds }) => {
          const done = Math.floor(total * part)
          return group(label, done, total, done > 0 ? seconds : 0, Math.floor((total - done) * bad))
        })
        const lines = progressLines(model(...all), 1000 + elapsed, { width, height, colors })
        assert.ok(lines.length <= height, `${lines.length} lines`)
        for (const line of lines) {
          const plain = stripVTControlCharacters(line)
          assert.ok(textWidth(plain) <= width, JSON.stringify(plain))
          assert.ok(colors || plain === line)
          assert.ok(!/\p{Cc}/u.test(plain))
        }
      },
    ),
  )
})

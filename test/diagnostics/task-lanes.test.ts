import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { layBackwards, packLanes } from '../../src/diagnostics/task-lanes.js'

interface Span {
  readonly start: number
  readonly end: number
  readonly lane: number
}

function overlaps(spans: readonly Span[]): boolean {
  return spans.some((a, i) =>
    spans.some((b, j) => i < j && a.lane === b.lane && Math.min(a.end, b.end) - Math.max(a.start, b.start) > 1e-6),
  )
}

const list = fc.array(fc.tuple(fc.nat(1000), fc.nat(100)), { maxLength: 40 })

function columns(spans: readonly (readonly [end: number, length: number])[]): {
  start: Float64Array
  end: Float64Array
  lane: Int32Array
  all: number[]
} {
  const end = Float64Array.from(spans, ([e]) => e)
  const start = Float64Array.from(spans, ([e, length]) => e - length)
  return { start, end, lane: new Int32Array(spans.length), all: spans.map((_, i) => i) }
}

const rows = ({ start, end, lane }: ReturnType<typeof columns>): Span[] =>
  Array.from(start, (s, i) => ({ start: s, end: end[i]!, lane: lane[i]! }))

test('packed: no two in a lane overlap, nothing moves, and there are as many lanes as spans at once', () => {
  fc.assert(
    fc.property(list, (spans) => {
      const given = columns(spans)
      const before = rows(given)
      const count = packLanes(given, given.all, given.lane, 3)
      const after = rows(given)
      assert.ok(!overlaps(after))
      assert.deepEqual(
        after.map(({ start, end }) => [start, end]),
        before.map(({ start, end }) => [start, end]),
      )
      const long = before.filter(({ start, end }) => end > start)
      const most = Math.max(
        0,
        ...long.map(({ start }) => long.filter((other) => other.start <= start && start < other.end).length),
      )
      assert.ok(count >= most && count <= Math.max(most, 1) + 1, `${count} lanes for ${most} at once`)
      assert.ok(after.every(({ lane }) => lane >= 3 && lane < 3 + count))
    }),
  )
})

test('laid backwards: in the lanes that there are, none overlaps, none moves forward, none changes its length', () => {
  fc.assert(
    fc.property(list, fc.integer({ min: 1, max: 4 }), (unsorted, lanes) => {
      const given = columns([...unsorted].sort(([a], [b]) => a - b))
      const before = rows(given)
      layBackwards(given, given.all, given.lane, 2, lanes)
      const after = rows(given)
      assert.ok(!overlaps(after))
      after.forEach(({ start, end, lane }, i) => {
        assert.ok(lane >= 2 && lane < 2 + lanes)
        assert.ok(end <= before[i]!.end)
        assert.ok(Math.abs(end - start - (before[i]!.end - before[i]!.start)) < 1e-9)
      })
    }),
  )
})

test('laid backwards: what a single lane reported at once comes out as it ran', () => {
  // Three tasks, one after the other, of which the ends were told together at 30.
  const given = columns([
    [30, 5],
    [30, 10],
    [30, 7],
  ])
  layBackwards(given, given.all, given.lane, 0, 1)
  assert.deepEqual([...given.start], [8, 13, 23])
  assert.deepEqual([...given.end], [13, 23, 30])
})

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { ArgumentError } from '../../src/base/index.js'
import { MemoryPressure, type MemoryThresholds } from '../../src/memory/index.js'

const LIMIT = 1000
const usual: MemoryThresholds = { target: 0.6, spill: 0.7, pause: 0.8 }
const off: MemoryThresholds = { target: false, spill: false, pause: false }

/** Ascending shares, each of which may be off. */
const thresholds = fc
  .tuple(
    fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 3, maxLength: 3 }),
    fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }),
  )
  .map(([shares, on]): MemoryThresholds => {
    const [target, spill, pause] = shares.toSorted((a, b) => a - b).map((percent, i) => on[i]! && percent / 100)
    return { target: target!, spill: spill!, pause: pause! }
  })
const sample = fc.record({ held: fc.nat(2 * LIMIT), rest: fc.nat(2 * LIMIT) })

describe('values', () => {
  test('go until they are within the target, and no further', () => {
    fc.assert(
      fc.property(fc.nat(3 * LIMIT), (held) => {
        const pressure = new MemoryPressure(LIMIT, usual)
        assert.equal(pressure.excess(held), Math.max(0, held - 600))
      }),
    )
  })

  test('are never asked for beyond those there are, and moving what is asked for is enough', () => {
    fc.assert(
      fc.property(thresholds, fc.array(sample, { minLength: 1, maxLength: 30 }), (given, samples) => {
        const pressure = new MemoryPressure(LIMIT, given)
        for (const { held, rest } of samples) {
          pressure.measured(held + rest, held)
          const excess = pressure.excess(held)
          assert.ok(excess >= 0 && excess <= held)
          assert.ok(pressure.excess(held - excess) < 1e-9)
          assert.ok(held - excess <= LIMIT * (given.target || Infinity))
        }
      }),
    )
  })

  test('also go when the process is large, until it is down to the target', () => {
    const pressure = new MemoryPressure(LIMIT, usual)
    pressure.measured(700, 400)
    assert.equal(pressure.excess(400), 0)
    pressure.measured(701, 400)
    assert.equal(pressure.excess(400), 101)
    // Half of it is on its way.
    assert.equal(pressure.excess(350), 51)
    // Measured before the process gave the memory back: what it says counts.
    pressure.measured(690, 350)
    assert.equal(pressure.excess(350), 90)
    pressure.measured(600, 340)
    assert.equal(pressure.excess(340), 0)
    // Between the two thresholds nothing begins again.
    pressure.measured(690, 340)
    assert.equal(pressure.excess(340), 0)
  })

  test('that come after a measurement do not hide behind it', () => {
    const pressure = new MemoryPressure(LIMIT, usual)
    pressure.measured(690, 300)
    assert.equal(pressure.excess(300), 0)
    // The process is 100 larger by now, presumably.
    assert.equal(pressure.excess(400), 190)
    assert.equal(pressure.excess(210), 0)
  })

  test('without a target the process comes down by a tenth of what it may take', () => {
    const pressure = new MemoryPressure(LIMIT, { ...usual, target: false })
    pressure.measured(800, 500)
    assert.ok(Math.abs(pressure.excess(500) - (800 - 0.9 * 700)) < 1e-9)
  })
})

describe('pausing', () => {
  test('begins above the threshold and ends a little below it', () => {
    const pressure = new MemoryPressure(LIMIT, usual)
    const states = [799, 800, 801, 800, 790, 781, 780, 790, 800, 801].map((bytes) => pressure.measured(bytes, 0))
    assert.deepEqual(states.map((state) => (state === 'paused' ? 'p' : 'r')).join(''), 'rrpppprrrp')
    assert.equal(pressure.state, 'paused')
  })

  test('more memory never resumes, less never pauses', () => {
    fc.assert(
      fc.property(thresholds, fc.array(fc.nat(2 * LIMIT), { minLength: 2, maxLength: 50 }), (given, series) => {
        const pressure = new MemoryPressure(LIMIT, given)
        let before = { bytes: 0, state: pressure.state }
        for (const bytes of series) {
          const state = pressure.measured(bytes, 0)
          assert.equal(state, pressure.state)
          if (before.state === 'paused' && bytes >= before.bytes) assert.equal(state, 'paused')
          if (before.state === 'running' && bytes <= before.bytes) assert.equal(state, 'running')
          if (given.pause !== false) {
            if (bytes > LIMIT * given.pause) assert.equal(state, 'paused')
            if (bytes <= LIMIT * (given.pause / 2)) assert.equal(state, 'running')
          }
          before = { bytes, state }
        }
      }),
    )
  })
})

test('what is off never happens, and without a limit nothing does', () => {
  fc.assert(
    fc.property(thresholds, fc.array(sample, { maxLength: 20 }), (given, samples) => {
      const cases: [MemoryPressure, MemoryThresholds][] = [
        [new MemoryPressure(LIMIT, off), off],
        [new MemoryPressure(Infinity, given), off],
        [new MemoryPressure(LIMIT, { ...given, pause: false }), { ...given, pause: false }],
        [new MemoryPressure(LIMIT, { ...off, pause: given.pause }), { ...off, pause: given.pause }],
      ]
      for (const { held, rest } of samples) {
        for (const [pressure, { target, spill, pause }] of cases) {
          const state = pressure.measured(held + rest, held)
          if (pause === false) assert.equal(state, 'running')
          if (target === false && spill === false) assert.equal(pressure.excess(held), 0)
        }
      }
    }),
  )
})

test('a larger limit with all else as much larger decides the same', () => {
  fc.assert(
    fc.property(thresholds, fc.array(sample, { maxLength: 20 }), fc.constantFrom(2, 1024, 2 ** 30), (given, samples, factor) => {
      const [small, large] = [new MemoryPressure(LIMIT, given), new MemoryPressure(LIMIT * factor, given)]
      for (const { held, rest } of samples) {
        assert.equal(small.measured(held + rest, held), large.measured((held + rest) * factor, held * factor))
        assert.equal(small.excess(held) * factor, large.excess(held * factor))
      }
    }),
  )
})

test('thresholds that do not ascend, and limits that are none, are errors that say so', () => {
  assert.throws(
    () => new MemoryPressure(LIMIT, { ...usual, spill: 0.5 }),
    (error: Error) => {
      assert.ok(error instanceof ArgumentError)
      assert.match(error.message, /memory\.spill \(0\.5\) is below memory\.target \(0\.6\)/)
      return true
    },
  )
  assert.throws(
    () => new MemoryPressure(LIMIT, { target: 0.6, spill: false, pause: 0.5 }),
    /memory\.pause \(0\.5\) is below memory\.target/,
  )
  for (const limit of [0, -1, NaN]) assert.throws(() => new MemoryPressure(limit, usual), ArgumentError)
  for (const share of [0, -1, NaN]) assert.throws(() => new MemoryPressure(LIMIT, { ...usual, target: share }), ArgumentError)
})

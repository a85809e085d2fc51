import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { useThreadMemory } from '../../src/base/index.js'
import { PoolMemory, SEGMENT_BYTES, SegmentTable, SegmentWriter } from '../../src/lanes/index.js'
import { Arena } from '../../src/memory/index.js'

const LANES = 2
const MIB = 2 ** 20

/** Lanes that hear everything when they are told to, and their main thread, all in this one. */
class Rig {
  readonly arena = new Arena({ limit: 512 * MIB })
  /** bytes of pages that were said to be new */
  grown = 0
  readonly table = new SegmentTable({
    mostSpare: 4 * MIB,
    memory: new PoolMemory(this.arena, LANES),
    grown: (bytes) => (this.grown += bytes),
  })
  readonly writers = new Map<number, SegmentWriter>()
  #started = 0

  /** Gives its number, which no other lane has had. */
  start(): number {
    const lane = ++this.#started
    useThreadMemory(this.table.memoryOf(lane)!)
    this.writers.set(lane, new SegmentWriter(lane))
    return lane
  }

  hear(lane: number): void {
    const writer = this.writers.get(lane)!
    for (const id of this.table.dropsFor(lane) ?? []) writer.dropped(id)
    for (const spare of this.table.sparesFor(lane) ?? []) writer.addSpare(spare)
    for (const lease of this.table.leasesFor(lane) ?? []) writer.addLease(lease)
  }

  make(lane: number, bytes: number): { id: number; view: Uint8Array; shared: boolean } {
    const writer = this.writers.get(lane)!
    const written = writer.allocate(bytes)
    for (const entry of writer.made) this.table.made(lane, entry)
    writer.made = []
    this.table.hold(writer.segment)
    for (const id of writer.sealed) this.table.sealed(id)
    writer.sealed = []
    const shared = written.buffer.byteLength === this.arena.buffer.byteLength
    return { id: writer.segment, view: this.table.view(writer.segment, writer.offset, bytes), shared }
  }
}

describe('the memory of a pool', () => {
  test('holds what lanes make, and each value stays what it is while others come and go', () => {
    const step = fc.record({
      place: fc.nat(LANES - 1),
      bytes: fc.oneof(fc.integer({ min: 8, max: 4000 }), fc.integer({ min: SEGMENT_BYTES / 4, max: (3 * SEGMENT_BYTES) / 2 })),
      hear: fc.boolean(),
      drop: fc.nat(20),
      dies: fc.integer({ min: 0, max: 30 }),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const rig = new Rig()
        const lanes = Array.from({ length: LANES }, () => rig.start())
        const values: { id: number; view: Uint8Array; mark: number }[] = []
        steps.forEach(({ place, bytes, hear, drop, dies }, i) => {
          if (dies === 0) {
            rig.table.laneGone(lanes[place]!)
            lanes[place] = rig.start()
          }
          if (hear) rig.hear(lanes[place]!)
          const { id, view } = rig.make(lanes[place]!, bytes)
          view.fill(i)
          values.push({ id, view, mark: i })
          if (drop < values.length) rig.table.drop(values.splice(drop, 1)[0]!.id)
          for (const { view: bytes, mark } of values) {
            // Every 997th byte and the last.
            for (let at = 0; at < bytes.length; at += 997) assert.equal(bytes[at], mark)
            assert.equal(bytes.at(-1), mark)
          }
        })
        for (const { id } of values) rig.table.drop(id)
        for (const lane of lanes) rig.table.laneGone(lane)
        assert.equal(rig.arena.statistics().blocks, 0)
      }),
      { numRuns: 20 },
    )
  })

  test('is where a lane with a lease makes its results, and has them elsewhere when there is no room', () => {
    const rig = new Rig()
    rig.start()
    assert.equal(rig.make(1, MIB).shared, false, 'nothing was leased yet')
    rig.hear(1)
    assert.equal(rig.make(1, MIB).shared, true)
    assert.equal(rig.make(1, 300 * MIB).shared, false, 'more than a lease')
    assert.equal(rig.make(1, MIB).shared, true)
  })

  test('is used again before any that nobody has had: what comes and goes costs new pages once', () => {
    const rig = new Rig()
    const lanes = [rig.start(), rig.start()]
    const round = (): void => {
      const made = Array.from({ length: 24 }, (_, i) => {
        rig.hear(lanes[i % 2]!)
        return rig.make(lanes[i % 2]!, 3 * MIB)
      })
      assert.ok(made.every(({ shared }) => shared))
      for (const { id } of made) rig.table.drop(id)
    }
    round()
    assert.ok(rig.grown >= 72 * MIB, `${rig.grown} of 72 MiB that are new`)
    round()
    const { grown } = rig
    const { reached } = rig.arena.statistics()
    for (let i = 0; i < 5; i++) round()
    assert.deepEqual([rig.grown, rig.arena.statistics().reached], [grown, reached])
    assert.ok(grown <= reached)
  })
})

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { DiskUnit, SEGMENT_BYTES, type Segment, SegmentTable, SegmentWriter, ValueStore } from '../../../src/lanes/index.js'

const LANE = 1

/** A lane that hears everything at once, and its main thread. */
class Rig {
  readonly filled = new Set<Segment>()
  readonly table: SegmentTable
  readonly store: ValueStore
  readonly writer = new SegmentWriter(LANE)
  #lastSlot = -1

  constructor(mostSpare: number) {
    const watcher = { filled: (s: Segment) => void this.filled.add(s), emptied: (s: Segment) => void this.filled.delete(s) }
    this.table = new SegmentTable({ mostSpare, watcher })
    this.store = new ValueStore(this.table)
  }

  /** The lane makes a value; gives its slot. */
  make(bytes: number): number {
    this.hear()
    this.writer.allocate(bytes).fill(this.#lastSlot + 1)
    this.#say()
    this.store.putSegment(++this.#lastSlot, this.writer.segment, this.writer.offset, bytes)
    this.#seal()
    return this.#lastSlot
  }

  hear(): void {
    for (const id of this.table.dropsFor(LANE) ?? []) this.writer.dropped(id)
    for (const spare of this.table.sparesFor(LANE) ?? []) this.writer.addSpare(spare)
    this.#say()
    this.#seal()
  }

  #say(): void {
    for (const entry of this.writer.made) this.table.made(LANE, entry)
    this.writer.made = []
  }

  #seal(): void {
    for (const id of this.writer.sealed) this.table.sealed(id)
    this.writer.sealed = []
  }
}

describe('segments', () => {
  test('that hold nothing are filled again, and given back when memory is short', () => {
    const rig = new Rig(8 * SEGMENT_BYTES)
    const slots = Array.from({ length: 8 }, () => rig.make(SEGMENT_BYTES))
    assert.equal(rig.table.used, 8 * SEGMENT_BYTES)
    assert.equal(rig.filled.size, 8)
    for (const slot of slots.slice(0, 4)) rig.store.drop(slot)
    assert.equal(rig.table.used, 4 * SEGMENT_BYTES)
    rig.make(SEGMENT_BYTES)
    assert.equal(rig.table.bytes, 8 * SEGMENT_BYTES, 'nothing new was made')
    // The lane has three that it may fill.
    assert.equal(rig.table.spare, 3 * SEGMENT_BYTES)
    rig.table.collect(0)
    assert.ok(rig.table.isUrgent(LANE))
    rig.hear()
    assert.equal(rig.table.spare, 0)
    assert.equal(rig.table.bytes, 5 * SEGMENT_BYTES)
    assert.equal(rig.table.letGo, 3 * SEGMENT_BYTES, 'what the lane gave back')
    rig.hear()
    rig.make(SEGMENT_BYTES)
    assert.equal(rig.table.bytes, 6 * SEGMENT_BYTES)
  })

  test('that are pinned stay as they are until they are not', () => {
    const rig = new Rig(SEGMENT_BYTES)
    const slot = rig.make(SEGMENT_BYTES)
    const segment = rig.table.pin(rig.store.segment[slot]!)
    rig.store.drop(slot)
    assert.equal(rig.table.used, SEGMENT_BYTES)
    assert.deepEqual([segment.pins, rig.filled.size], [1, 1])
    rig.table.unpin(segment.id)
    assert.deepEqual([rig.table.used, rig.filled.size], [0, 0])
  })

  test('and values that come, go, leave for a disk and return: every byte is accounted for', () => {
    const step = fc.record({ op: fc.constantFrom('make', 'drop', 'out', 'in', 'collect'), n: fc.nat() })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const rig = new Rig(2 * SEGMENT_BYTES)
        const { store, table } = rig
        const here = new Map<number, number>()
        const away = new Map<number, { unit: DiskUnit; bytes: Uint8Array }>()
        for (const { op, n } of steps) {
          const slots = [...(op === 'in' ? away : here).keys()]
          const slot = slots[n % slots.length]
          if (op === 'make') {
            const bytes = 1 + (n % (SEGMENT_BYTES / 2))
            here.set(rig.make(bytes), bytes)
          } else if (op === 'collect') {
            table.collect(0)
            rig.hear()
          } else if (slot === undefined) continue
          else if (op === 'drop') {
            store.drop(slot)
            here.delete(slot)
          } else if (op === 'out') {
            const unit = new DiskUnit()
            const segment = table.get(store.segment[slot]!)
            assert.ok(store.slotsAt(segment).includes(slot))
            away.set(slot, { unit, bytes: store.encoded(slot).slice() })
            table.hold(segment.id)
            store.moveToDisk(slot, unit, 0)
            table.drop(segment.id)
            assert.deepEqual(store.slotsAt(unit), [slot])
            here.delete(slot)
          } else {
            const { bytes } = away.get(slot)!
            rig.hear()
            const room = rig.writer.allocate(bytes.length)
            room.set(bytes)
            const { segment, offset } = rig.writer
            for (const entry of rig.writer.made) table.made(LANE, entry)
            rig.writer.made = []
            store.moveToSegment(slot, segment, offset)
            rig.hear()
            away.delete(slot)
            here.set(slot, bytes.length)
          }
          assert.equal(
            store.bytes,
            [...here.values()].reduce((a, b) => a + b, 0),
          )
          assert.equal(
            store.diskBytes,
            [...away.values()].reduce((a, { bytes }) => a + bytes.length, 0),
          )
          for (const [s, bytes] of here)
            assert.ok(store.encoded(s).every((b) => b === (s & 255)) && store.encoded(s).length === bytes)
        }
        for (const s of [...here.keys(), ...away.keys()]) store.drop(s)
        table.collect(0)
        rig.hear()
        rig.hear()
        // What the lane writes into just now remains.
        assert.ok(table.used <= SEGMENT_BYTES && table.spare === 0 && store.bytes === 0 && store.diskBytes === 0)
      }),
      { numRuns: 30 },
    )
  })
})

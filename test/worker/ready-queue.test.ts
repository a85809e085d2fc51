import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ReadyQueue } from '../../src/worker/ready-queue.js'
import { PRIORITY, RANK, READY, ROW, TaskTable } from '../../src/worker/task-table.js'

test('slots come out in order, however they went in, and any can be taken out', () => {
  const step = fc.record({
    kind: fc.constantFrom('push', 'push', 'push', 'pop', 'delete'),
    rank: fc.nat({ max: 1000 }),
    priority: fc.integer({ min: 0, max: 1 }),
    pick: fc.nat({ max: 1000 }),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 400, size: 'max' }), fc.boolean(), (steps, inOrder) => {
      const table = new TaskTable()
      const queue = new ReadyQueue(table)
      let expected: number[] = []
      steps.forEach(({ kind, rank, priority, pick }, n) => {
        if (kind === 'push') {
          const slot = table.add(1, n, 1, READY)
          table.words[slot * ROW + RANK] = inOrder ? n : rank
          table.words[slot * ROW + PRIORITY] = inOrder ? 0 : priority
          queue.push(slot)
          expected.push(slot)
          expected = expected.toSorted(
            (a, b) =>
              table.words[b * ROW + PRIORITY]! - table.words[a * ROW + PRIORITY]! ||
              table.words[a * ROW + RANK]! - table.words[b * ROW + RANK]!,
          )
        } else if (kind === 'pop') {
          const slot = queue.pop()
          if (expected.length === 0) assert.equal(slot, -1)
          else {
            // Among equals any may come first.
            const first = expected[0]!
            assert.deepEqual(
              [table.words[slot * ROW + PRIORITY], table.words[slot * ROW + RANK]],
              [table.words[first * ROW + PRIORITY], table.words[first * ROW + RANK]],
            )
            expected.splice(expected.indexOf(slot), 1)
            table.remove(slot)
          }
        } else if (expected.length > 0) {
          const [slot] = expected.splice(pick % expected.length, 1)
          queue.delete(slot!)
          table.remove(slot!)
        }
        assert.equal(queue.size, expected.length)
        for (const slot of expected) assert.ok(queue.isInPlace(slot))
      })
    }),
    { numRuns: 200 },
  )
})

test('a queue that is never empty does not grow for ever', () => {
  const table = new TaskTable()
  const queue = new ReadyQueue(table)
  for (let n = 0; n < 100_000; n++) {
    const slot = table.add(1, n, 1, READY)
    table.words[slot * ROW + RANK] = n
    queue.push(slot)
    if (n < 10) continue
    const first = queue.pop()
    assert.equal(table.words[first * ROW + RANK], n - 10)
    table.remove(first)
  }
  assert.equal(queue.size, 10)
  assert.equal(table.capacity, 64)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ReadyQueue } from '../../src/worker/ready-queue.js'
import { READY, TaskTable } from '../../src/worker/task-table.js'

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
          table.rank[slot] = inOrder ? n : rank
          table.priority[slot] = inOrder ? 0 : priority
          queue.push(slot)
          expected.push(slot)
          expected = expected.toSorted((a, b) => table.priority[b]! - table.priority[a]! || table.rank[a]! - table.rank[b]!)
        } else if (kind === 'pop') {
          const slot = queue.pop()
          if (expected.length === 0) assert.equal(slot, -1)
          else {
            // Among equals any may come first.
            const first = expected[0]!
            assert.deepEqual([table.priority[slot], table.rank[slot]], [table.priority[first], table.rank[first]])
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
    table.rank[slot] = n
    queue.push(slot)
    if (n < 10) continue
    const first = queue.pop()
    assert.equal(table.rank[first], n - 10)
    table.remove(first)
  }
  assert.equal(queue.size, 10)
  assert.equal(table.state.length, 64)
})

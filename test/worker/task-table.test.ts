import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ABANDONED, MEMORY, TaskTable } from '../../src/worker/task-table.js'

test('slots are found by graph and task, through growth and removal', () => {
  const step = fc.record({
    graph: fc.nat({ max: 3 }),
    task: fc.nat({ max: 400 }),
    kind: fc.constantFrom('add', 'add', 'add', 'remove', 'detach'),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 1200, size: 'max' }), (script) => {
      const table = new TaskTable()
      const expected = new Map<string, number>()
      const detached: number[] = []
      for (const { graph, task, kind } of script) {
        const key = `${graph}/${task}`
        const slot = expected.get(key) ?? -1
        assert.equal(table.find(graph, task), slot)
        if (kind === 'add' && slot < 0) expected.set(key, table.add(graph, task, 1, MEMORY))
        else if (kind === 'remove' && slot >= 0) {
          table.remove(slot)
          expected.delete(key)
        } else if (kind === 'detach' && slot >= 0) {
          table.detach(slot)
          table.setState(slot, ABANDONED)
          detached.push(slot)
          expected.delete(key)
        } else if (kind === 'remove') {
          const old = detached.pop()
          if (old !== undefined) table.remove(old)
        }
        assert.equal(table.size, expected.size + detached.length)
      }
      for (const [key, slot] of expected) {
        const [graph, task] = key.split('/').map(Number) as [number, number]
        assert.equal(table.find(graph, task), slot)
        assert.deepEqual([table.graph(slot), table.task(slot)], [graph, task])
      }
      assert.deepEqual(new Set(table.slots()), new Set([...expected.values(), ...detached]))
    }),
    { numRuns: 100 },
  )
})

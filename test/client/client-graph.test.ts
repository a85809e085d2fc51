import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ClientGraph } from '../../src/client/client-graph.js'
import { Cancelled } from '../../src/client/errors.js'

const failure = new Error('a task has failed')
const TASKS = [0, 1, 2, 3, 4, 5]
type State = 'pending' | 'inMemory' | 'erred' | 'released'

const change = fc.tuple(fc.nat(5), fc.constantFrom('inMemory', 'erred', 'lost', 'release'))

test('whoever waits for tasks is called once: when all have come, or with the first error, or when one is given up', () => {
  fc.assert(
    fc.property(
      fc.array(change, { maxLength: 10 }),
      fc.option(fc.array(fc.nat(5), { maxLength: 7 })),
      fc.array(change, { maxLength: 30 }),
      (before, some, after) => {
        const graph = new ClientGraph(1, Int32Array.from(TASKS), () => failure)
        const state = new Array<State>(6).fill('pending')
        const happen = ([task, what]: [number, string]): void => {
          const was = state[task]!
          if (what === 'inMemory') graph.inMemory(task, 0, 7, task)
          else if (what === 'erred') graph.erred(task, 0)
          else if (what === 'lost') graph.lost(task)
          else graph.release(task)
          if (was === 'released') return
          if (what === 'inMemory') state[task] = 'inMemory'
          else if (what === 'release') state[task] = 'released'
          else if (what === 'erred' && was === 'pending') state[task] = 'erred'
          else if (what === 'lost') state[task] = 'pending'
        }
        before.forEach(happen)
        const wanted = some ?? TASKS.filter((task) => state[task] !== 'released')
        const answers: (Error | undefined)[] = []
        graph.whenTheseSettled(wanted, (error) => answers.push(error))

        // What comes to its end first decides; a value that has come counts, though it may be lost or given up again.
        const missing = new Set(wanted)
        let expected: 'done' | 'failed' | 'cancelled' | undefined
        const look = (): void => {
          for (const task of missing) {
            if (expected !== undefined) return
            if (state[task] === 'inMemory') missing.delete(task)
            if (state[task] === 'erred') expected = 'failed'
            if (state[task] === 'released') expected = 'cancelled'
          }
          if (missing.size === 0) expected ??= 'done'
        }
        look()
        let cameAndWent = false
        for (const each of after) {
          const was = state[each[0]]
          happen(each)
          if (expected === undefined && was === 'inMemory' && wanted.includes(each[0])) cameAndWent ||= state[each[0]] !== was
          look()
        }
        // Whether one that was there and is not any more counts, is not laid down: whoever then gets the values finds out.
        if (cameAndWent) return assert.ok(answers.length <= 1)
        if (expected === undefined) return assert.deepEqual(answers, [])
        assert.equal(answers.length, 1)
        if (expected === 'done') assert.equal(answers[0], undefined)
        else assert.ok(expected === 'failed' ? answers[0] === failure : answers[0] instanceof Cancelled)
      },
    ),
    { numRuns: 3000 },
  )
})

test('those who wait for all that is wanted are told when the last one that was missing is given up', () => {
  const graph = new ClientGraph(1, Int32Array.of(3, 4), () => failure)
  const answers: (Error | undefined)[] = []
  graph.whenAllSettled((error) => answers.push(error))
  graph.inMemory(3, 0, 7, 3)
  assert.deepEqual(answers, [])
  graph.release(4)
  assert.deepEqual(answers, [undefined])
})

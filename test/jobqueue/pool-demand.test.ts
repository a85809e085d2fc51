import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type PoolShape, shareDemand } from '../../src/jobqueue/pool-demand.js'
import type { ClassDemand, ClusterDemand, WorkerDemand } from '../../src/protocol/index.js'

const pool = (name: string, memory: number, resources: Record<string, number> = {}): PoolShape => ({
  name,
  memory,
  resources: { ...resources, [`pool:${name}`]: 1e9 },
  has: (worker) => worker.startsWith(name),
})
const pools = [pool('cpu', 100), pool('big', 1000), pool('gpu', 100, { gpu: 2 })]
const waiting = (tasks: number, more: Partial<ClassDemand> = {}): ClassDemand => ({
  resources: {},
  memoryAbove: 0,
  named: false,
  tasks,
  untimed: 0,
  occupancy: tasks,
  ...more,
})
const worker = (name: string, running: number): WorkerDemand => ({
  name,
  threads: 1,
  memoryLimit: 100,
  tasks: running,
  bytes: 10,
  leaving: false,
  running,
  untimed: 0,
  occupancy: running,
  suspended: 0,
})

test('what waits goes to the first pool that has what it needs, what runs stays where it is', () => {
  const loads = shareDemand(
    {
      workers: [worker('gpu-1', 3), worker('cpu-1', 2), worker('of nobody', 50)],
      classes: [
        waiting(10),
        waiting(20, { memoryAbove: 100 }),
        waiting(40, { resources: { gpu: 1 } }),
        waiting(80, { resources: { 'pool:gpu': 1 } }),
        waiting(160, { resources: { 'pool:big': 1 } }),
        // Nobody has that.
        waiting(320, { resources: { gpu: 3 } }),
        waiting(640, { memoryAbove: 1000 }),
        waiting(1280, { named: true }),
      ],
    },
    pools,
  )
  const tasks = (name: string): number => loads.get(name)!.tasks
  assert.deepEqual(['cpu', 'big', 'gpu'].map(tasks), [12, 180, 123])
  assert.deepEqual(
    loads.get('gpu')!.workers.map(({ name }) => name),
    ['gpu-1'],
  )
})

test('nothing counts twice, and nothing is forgotten that somebody could run', () => {
  const classes = fc.array(
    fc.record({
      tasks: fc.nat(50),
      memoryAbove: fc.constantFrom(0, 99, 100, 999, 1000),
      resources: fc.constantFrom<Record<string, number>>(
        {},
        { gpu: 1 },
        { gpu: 2 },
        { gpu: 5 },
        { 'pool:big': 1 },
        { 'pool:cpu': 1, gpu: 1 },
      ),
      named: fc.boolean(),
    }),
  )
  fc.assert(
    fc.property(
      classes,
      fc.array(fc.record({ of: fc.constantFrom('cpu', 'big', 'gpu', 'none'), running: fc.nat(9) })),
      (given, running) => {
        const demand: ClusterDemand = {
          classes: given.map(({ tasks, ...more }) => waiting(tasks, more)),
          workers: running.map((one, i) => worker(`${one.of}-${i}`, one.running)),
        }
        const runnable = demand.classes.filter(({ named, memoryAbove, resources }) =>
          pools.some(
            (shape) =>
              !named &&
              shape.memory > memoryAbove &&
              Object.entries(resources).every(([name, amount]) => (shape.resources[name] ?? 0) >= amount),
          ),
        )
        const expected =
          runnable.reduce((sum, { tasks }) => sum + tasks, 0) +
          running.reduce((sum, one) => sum + (one.of === 'none' ? 0 : one.running), 0)
        const loads = [...shareDemand(demand, pools).values()]
        assert.equal(
          loads.reduce((sum, { tasks }) => sum + tasks, 0),
          expected,
        )
        assert.equal(
          loads.reduce((sum, { occupancy }) => sum + occupancy, 0),
          expected,
        )
      },
    ),
  )
})

import type { ClassDemand, ClusterDemand, ClusterLoad } from '../protocol/index.js'

/** What a worker of a pool has. */
export interface PoolShape {
  readonly name: string
  /** bytes */
  readonly memory: number
  readonly resources: Readonly<Record<string, number>>
  /** Whether a worker of that name is one of its own. */
  has(worker: string): boolean
}

/** By pool what it has to do. */
export type PoolLoads = ReadonlyMap<string, ClusterLoad>

/**
 * Divides what there is to do among pools: what runs belongs to the pool that runs it, and what waits to the first one that has
 * what it needs. What none of them has is nobody's.
 */
export function shareDemand({ workers, classes }: ClusterDemand, pools: readonly PoolShape[]): PoolLoads {
  const mine = new Map(pools.map(({ name }) => [name, newLoad()]))
  for (const worker of workers) {
    const pool = pools.find(({ has }) => has(worker.name))
    const load = pool && mine.get(pool.name)!
    if (!load) continue
    load.tasks += worker.running
    load.untimed += worker.untimed
    load.occupancy += worker.occupancy
    load.suspended += worker.suspended
    const { name, threads, memoryLimit, tasks, bytes, leaving } = worker
    load.workers.push({ name, threads, memoryLimit, tasks, bytes, leaving })
  }
  for (const one of classes) {
    const pool = pools.find((shape) => suits(shape, one))
    const load = pool && mine.get(pool.name)!
    if (!load) continue
    load.tasks += one.tasks
    load.untimed += one.untimed
    load.occupancy += one.occupancy
  }
  return mine
}

type Load = { -readonly [K in keyof ClusterLoad]: ClusterLoad[K] } & { workers: ClusterLoad['workers'][number][] }

const newLoad = (): Load => ({ tasks: 0, occupancy: 0, untimed: 0, suspended: 0, unrunnable: 0, workers: [] })

function suits({ memory, resources: has }: PoolShape, { named, memoryAbove, resources }: ClassDemand): boolean {
  return !named && memory > memoryAbove && Object.entries(resources).every(([name, amount]) => (has[name] ?? 0) >= amount)
}

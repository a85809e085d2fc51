import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ClusterLoad, WorkerLoad } from '../../src/protocol/index.js'
import { Adaptive, type AdaptiveOptions, type Scalable } from '../../src/deploy/index.js'

/** A batch system that the test plays: jobs of several workers, which come when the test says so. */
class Batch implements Scalable {
  readonly shape = { threads: 2 }
  jobs: string[] = []
  running = new Set<string>()
  load_: Partial<ClusterLoad> = {}
  bytes = new Map<string, number>()
  said: string[] = []
  #named = 0

  get workers(): readonly string[] {
    return this.jobs
  }

  load(): Promise<ClusterLoad> {
    const workers: WorkerLoad[] = [...this.running].flatMap((job) =>
      ['a', 'b'].map((letter) => {
        const name = `${job}/${letter}`
        return { name, threads: 1, memoryLimit: undefined, tasks: 0, bytes: this.bytes.get(name) ?? 0, leaving: false }
      }),
    )
    return Promise.resolve({ tasks: 0, occupancy: 0, untimed: 0, suspended: 0, unrunnable: 0, workers, ...this.load_ })
  }

  add(count: number): void {
    this.said.push(`add ${count}`)
    for (let n = 0; n < count; n++) this.jobs.push(`job${this.#named++}`)
  }

  retire(names: readonly string[]): void {
    this.said.push(`retire ${names.join(' ')}`)
    this.jobs = this.jobs.filter((job) => !names.includes(job))
    for (const name of names) this.running.delete(name)
  }

  unitOf(worker: string): string {
    return worker.split('/')[0]!
  }
}

const options: AdaptiveOptions = { interval: 3_600_000, waitCount: 2, targetDuration: 1000, maximum: 10 }

test('what waits in a queue is not asked for again', async (t) => {
  const batch = new Batch()
  const adaptive = new Adaptive(batch, options)
  t.after(() => adaptive.stop())
  // 12 threads, which 6 jobs have.
  batch.load_ = { tasks: 100, occupancy: 12 }
  for (let n = 0; n < 5; n++) await adaptive.look()
  assert.deepEqual(batch.said, ['add 6'])
  batch.running.add('job0')
  await adaptive.look()
  // More is to be done: only what is missing is asked for.
  batch.load_ = { tasks: 100, occupancy: 16 }
  await adaptive.look()
  assert.deepEqual(batch.said, ['add 6', 'add 2'])
})

test('of jobs those go first that have not come, the youngest before the others, then those that hold least', async (t) => {
  const batch = new Batch()
  const adaptive = new Adaptive(batch, options)
  t.after(() => adaptive.stop())
  batch.load_ = { tasks: 100, occupancy: 8 }
  await adaptive.look()
  for (const job of ['job0', 'job1', 'job2']) batch.running.add(job)
  batch.bytes = new Map([
    ['job0/a', 10],
    ['job0/b', 10],
    ['job1/b', 5],
    ['job2/a', 15],
  ])
  batch.load_ = { tasks: 2, occupancy: 100 }
  await adaptive.look()
  await adaptive.look()
  assert.deepEqual(batch.said, ['add 4', 'retire job3 job1 job2'])
  const { kind, from, to, retired } = adaptive.log.at(-1)!
  assert.deepEqual({ kind, from, to, retired }, { kind: 'down', from: 4, to: 1, retired: ['job3', 'job1', 'job2'] })
})

test('what has stopped does nothing, not even what it was about to do', async () => {
  const batch = new Batch()
  const adaptive = new Adaptive(batch, options)
  batch.load_ = { tasks: 100, occupancy: 8 }
  const looking = adaptive.look()
  adaptive.stop()
  await looking
  assert.deepEqual(batch.said, [])
  assert.deepEqual(adaptive.log, [])
})

test('it looks by itself, at intervals', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] })
  const batch = new Batch()
  const adaptive = new Adaptive(batch, { ...options, interval: 1000 })
  t.after(() => adaptive.stop())
  batch.load_ = { tasks: 1, occupancy: 1 }
  const added = new Promise<number>((resolve) => (batch.add = resolve))
  t.mock.timers.tick(999)
  assert.equal(adaptive.log.length, 0)
  t.mock.timers.tick(1)
  assert.equal(await added, 1)
})

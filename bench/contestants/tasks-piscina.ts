import { fileURLToPath } from 'node:url'
import { Piscina } from 'piscina'
import { serve } from '../contestant.js'

// The same tasks, one `run` each, on two threads of piscina.
const variants: Record<string, ConstructorParameters<typeof Piscina>[0]> = {
  defaults: {},
  '64 tasks per worker': { concurrentTasksPerWorker: 64 },
  '1024 tasks per worker': { concurrentTasksPerWorker: 1024 },
  'async atomics, 1024 tasks per worker': { concurrentTasksPerWorker: 1024, atomics: 'async' },
  'no atomics': { atomics: 'disabled' },
  'no atomics, 1024 tasks per worker': { concurrentTasksPerWorker: 1024, atomics: 'disabled' },
}
const pools = new Map<string, Piscina<number, number>>()

/** The pool of a variant, its threads started. */
async function poolOf(variant: string): Promise<Piscina<number, number>> {
  let pool = pools.get(variant)
  if (!pool) {
    const filename = fileURLToPath(new URL('./piscina-task.js', import.meta.url))
    pool = new Piscina({ filename, name: 'increment', minThreads: 2, maxThreads: 2, ...variants[variant] })
    pools.set(variant, pool)
    await Promise.all([pool.run(0), pool.run(0)])
  }
  return pool
}

await serve(`piscina ${Piscina.version}`, Object.keys(variants), async ({ variant, tasks }) => {
  const n = tasks as number
  const pool = await poolOf(variant)
  const started = performance.now()
  const results = await Promise.all(Array.from({ length: n }, (_, i) => pool.run(i)))
  const ended = performance.now()
  const total = results.reduce((sum, x) => sum + x, 0)
  return { figures: { endToEnd: (ended - started) / n, run: (ended - started) / n }, check: total }
})

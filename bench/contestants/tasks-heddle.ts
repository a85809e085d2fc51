import { compute, config, delayed } from 'heddle'
import { observeRuns } from '../../src/executor/index.js'
import { serve } from '../contestant.js'

// Independent trivial tasks, made with `delayed` and computed together on two threads.
config.set({ executor: 'threads', threads: 2 })
let running = 0
observeRuns(({ time }) => () => {
  running = performance.now() - time
})

await serve('heddle', [], async ({ tasks }) => {
  const n = tasks as number
  const started = performance.now()
  const inc = delayed((x: number) => x + 1)
  const calls = Array.from({ length: n }, (_, i) => inc(i))
  const built = performance.now()
  const results = await compute(calls)
  const ended = performance.now()
  const total = results.reduce((sum, x) => sum + x, 0)
  return {
    figures: { endToEnd: (ended - started) / n, run: running / n, build: (built - started) / n },
    check: total,
  }
})

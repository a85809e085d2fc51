import type { Graph } from '../graph/index.js'
import type { Executor } from './executor.js'

/** A run that begins: a graph, handed to an executor. */
export interface RunStart {
  readonly graph: Graph
  readonly executor: Executor
  /** milliseconds, as `performance.now` counts */
  readonly time: number
}

/** Told of every run of this process. What it returns is called at the end of the run, with the error if it failed. */
export type RunObserver = (run: RunStart) => ((error?: unknown) => void) | undefined

const observers = new Set<RunObserver>()

/** Has the observer told of every run from now on. Gives a function that stops it. */
export function observeRuns(observer: RunObserver): () => void {
  observers.add(observer)
  return () => {
    observers.delete(observer)
  }
}

/** Tells the observers of a run, and, through the function it gives, of its end. */
export function announceRun(graph: Graph, executor: Executor): (error?: unknown) => void {
  if (observers.size === 0) return () => undefined
  const run: RunStart = { graph, executor, time: performance.now() }
  const ends = [...observers].map((observer) => observer(run)).filter((end) => end !== undefined)
  return (error) => {
    for (const end of ends) end(error)
  }
}

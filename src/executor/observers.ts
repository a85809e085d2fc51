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

/** A single call that a client was given: `submit`, or one of `map`. */
export interface CallStart {
  readonly executor: Executor
  /** what people know it by: the function's name */
  readonly label: string
}

/** How a call ended: its key, empty if it was never sent, and the error that it failed with. */
export type CallEnd = (key: string, error: unknown) => void

/** Told of each call when it is made. What it returns is called when the call has come to its end. */
export type CallObserver = (call: CallStart) => CallEnd

const callObservers = new Set<CallObserver>()

/** Has the observer told of every call from now on. Gives a function that stops it. */
export function observeCalls(observer: CallObserver): () => void {
  callObservers.add(observer)
  return () => {
    callObservers.delete(observer)
  }
}

/** Tells the observers of a call. Gives what is to be told of its end; undefined: nobody observes calls. */
export function announceCall(label: string, executor: Executor): CallEnd | undefined {
  if (callObservers.size === 0) return undefined
  const ends = [...callObservers].map((observer) => observer({ label, executor }))
  return (key, error) => {
    for (const end of ends) end(key, error)
  }
}

import { Cancelled } from './errors.js'

/** What is known of a wanted task. */
export const PENDING = 0
export const FINISHED = 1
export const ERRED = 2
export const RELEASED = 3

/** Told when a task, or all wanted tasks of a graph, have come to an end; `error` is the first one. */
export type Settled = (error: Error | undefined) => void

/**
 * A graph that this client has submitted: where the results are that it wants. It knows nothing of the other tasks, and
 * shrinks as results are released.
 */
export class ClientGraph {
  /** this client's number of it */
  readonly name: number
  /** the wanted tasks, ascending */
  #tasks: Int32Array
  #state: Uint8Array
  /** the number that workers know it by; -1: not known yet */
  #remote = -1
  /** of tasks that stand for tasks of other graphs: what workers know those by */
  readonly #elsewhere = new Map<number, { readonly graph: number; readonly task: number }>()
  /** by wanted task: the number of the worker that has it, or of the error */
  #where: Int32Array
  #pending: number
  #live: number
  readonly #waiting = new Map<number, Settled[]>()
  /** who waits for all that is wanted: of those `each`, for every one of them, so that one that is given up is missing */
  readonly #waitingForAll = new Set<{ readonly settled: Settled; readonly each: boolean }>()
  readonly #errorOf: (number: number) => Error

  constructor(name: number, wanted: Int32Array, errorOf: (number: number) => Error) {
    this.name = name
    this.#tasks = wanted.slice().sort()
    this.#state = new Uint8Array(wanted.length)
    this.#where = new Int32Array(wanted.length)
    this.#pending = wanted.length
    this.#live = wanted.length
    this.#errorOf = errorOf
  }

  /** whether nothing of it is wanted any more */
  get isOver(): boolean {
    return this.#live === 0
  }

  stateOf(task: number): number {
    const i = this.#find(task)
    return i < 0 ? RELEASED : this.#state[i]!
  }

  /** The number of the worker that has the value; -1 where that is not known. */
  holderOf(task: number): number {
    return this.#where[this.#find(task)] ?? -1
  }

  errorOf(task: number): Error {
    return this.#errorOf(this.#where[this.#find(task)]!)
  }

  /** What workers know the value of a task by. */
  addressOf(task: number): { readonly graph: number; readonly task: number } {
    return this.#elsewhere.get(task) ?? { graph: this.#remote, task }
  }

  inMemory(task: number, holder: number, atGraph: number, atTask: number): void {
    const i = this.#find(task)
    if (i < 0) return
    if (atTask === task && (this.#remote < 0 || this.#remote === atGraph)) this.#remote = atGraph
    else this.#elsewhere.set(task, { graph: atGraph, task: atTask })
    const before = this.#state[i]
    if (before === RELEASED) return
    this.#where[i] = holder
    this.#state[i] = FINISHED
    if (before === PENDING) this.#end(task, undefined)
  }

  erred(task: number, error: number): void {
    const i = this.#find(task)
    if (i < 0 || this.#state[i] !== PENDING) return
    this.#where[i] = error
    this.#state[i] = ERRED
    this.#end(task, this.#errorOf(error))
  }

  lost(task: number): void {
    const i = this.#find(task)
    if (i < 0 || this.#state[i] === PENDING || this.#state[i] === RELEASED) return
    this.#state[i] = PENDING
    this.#pending++
  }

  /** A failed task is run again. False when it had not failed. */
  retry(task: number): boolean {
    const i = this.#find(task)
    if (i < 0 || this.#state[i] !== ERRED) return false
    this.#state[i] = PENDING
    this.#pending++
    return true
  }

  /** The wanted tasks that are not released. */
  live(): Int32Array {
    return this.#tasks.filter((_, i) => this.#state[i] !== RELEASED)
  }

  /** Nothing will come any more. */
  fail(error: Error): void {
    const waiting = [...this.#waiting.values()]
    this.#waiting.clear()
    for (const list of waiting) for (const settled of list) settled(error)
    this.#endAll(error)
  }

  /** Calls back when a task has come to its end, at once if it has. Gives a function that stops it. */
  whenSettled(task: number, settled: Settled): () => void {
    const state = this.stateOf(task)
    if (state !== PENDING) {
      settled(state === ERRED ? this.errorOf(task) : state === RELEASED ? released() : undefined)
      return () => undefined
    }
    const list = this.#waiting.get(task)
    if (list) list.push(settled)
    else this.#waiting.set(task, [settled])
    return () => {
      const waiting = this.#waiting.get(task)
      const i = waiting?.indexOf(settled) ?? -1
      if (i >= 0) waiting!.splice(i, 1)
    }
  }

  /** Calls back when all tasks that are still wanted are in memory, or one has failed. */
  whenAllSettled(settled: Settled): () => void {
    return this.#whenAll(settled, false)
  }

  #whenAll(settled: Settled, each: boolean): () => void {
    for (let i = 0; i < this.#state.length; i++) {
      if (this.#state[i] !== ERRED) continue
      settled(this.#errorOf(this.#where[i]!))
      return () => undefined
    }
    const waiting = { settled, each }
    if (this.#pending === 0) settled(undefined)
    else this.#waitingForAll.add(waiting)
    return () => {
      this.#waitingForAll.delete(waiting)
    }
  }

  /** Calls back when these tasks are all in memory, or one has failed. */
  whenTheseSettled(tasks: readonly number[], settled: Settled): () => void {
    // What `map` gave is gathered in one piece most often: nothing is kept for each of a million tasks.
    if (tasks.length > 1 && this.#areAll(tasks)) return this.#whenAll(settled, true)
    let missing = tasks.length
    let over = false
    const stops: (() => void)[] = []
    const stop = (): void => {
      over = true
      for (const each of stops) each()
    }
    const one: Settled = (error) => {
      if (over) return
      if (error === undefined && --missing > 0) return
      stop()
      settled(error)
    }
    if (missing === 0) settled(undefined)
    for (const task of tasks) {
      if (over) break
      if (this.stateOf(task) === FINISHED) one(undefined)
      else stops.push(this.whenSettled(task, one))
    }
    return stop
  }

  /** The client wants a result no more: whoever waits for it is told so. False when it did not want it. */
  release(task: number): boolean {
    const i = this.#find(task)
    if (i < 0 || this.#state[i] === RELEASED) return false
    if (this.#state[i] === PENDING) this.#pending--
    this.#state[i] = RELEASED
    this.#live--
    const waiting = this.#waiting.get(task)
    this.#waiting.delete(task)
    this.#elsewhere.delete(task)
    if (this.#live > 0 && this.#tasks.length > 1024 && this.#live * 4 < this.#tasks.length) this.#shrink()
    for (const settled of waiting ?? []) settled(released())
    if (this.#waitingForAll.size === 0) return true
    for (const one of this.#waitingForAll) {
      if (!one.each) continue
      this.#waitingForAll.delete(one)
      one.settled(released())
    }
    if (this.#pending === 0) this.#endAll(undefined)
    return true
  }

  /** Whether these are all tasks that are wanted, each named once and in order. */
  #areAll(tasks: readonly number[]): boolean {
    if (tasks.length !== this.#live) return false
    let last = -1
    for (const task of tasks) {
      if (task <= last || this.stateOf(task) === RELEASED) return false
      last = task
    }
    return true
  }

  #end(task: number, error: Error | undefined): void {
    this.#pending--
    const waiting = this.#waiting.get(task)
    if (waiting) {
      this.#waiting.delete(task)
      for (const settled of waiting) settled(error)
    }
    if (this.#pending === 0 || error !== undefined) this.#endAll(error)
  }

  #endAll(error: Error | undefined): void {
    if (this.#waitingForAll.size === 0) return
    const all = [...this.#waitingForAll]
    this.#waitingForAll.clear()
    for (const { settled } of all) settled(error)
  }

  #shrink(): void {
    let kept = 0
    for (let i = 0; i < this.#tasks.length; i++) {
      if (this.#state[i] === RELEASED) continue
      this.#tasks[kept] = this.#tasks[i]!
      this.#state[kept] = this.#state[i]!
      this.#where[kept++] = this.#where[i]!
    }
    this.#tasks = this.#tasks.slice(0, kept)
    this.#state = this.#state.slice(0, kept)
    this.#where = this.#where.slice(0, kept)
  }

  /** Where a task stands among the wanted ones, -1 when it is none. */
  #find(task: number): number {
    const tasks = this.#tasks
    // Most often all tasks are wanted, or a run of them.
    const guess = task - (tasks[0] ?? 0)
    if (tasks[guess] === task) return guess
    let low = 0
    let high = tasks.length - 1
    while (low <= high) {
      const middle = (low + high) >>> 1
      const found = tasks[middle]!
      if (found === task) return middle
      if (found < task) low = middle + 1
      else high = middle - 1
    }
    return -1
  }
}

function released(): Cancelled {
  return new Cancelled('the result was cancelled or released: submit the call again to have it')
}

/**
 * The workers that hold copies of values, beside the one in `GraphState.worker`. Most values that have a copy have one:
 * those are in an array (4 bytes for each task of the graph, from the first copy on), further ones in a map. Another such
 * array has the worker that the value was last meant to go to.
 */
export class Copies {
  readonly #tasks: number
  /** -1 where there is none */
  #first: Int32Array | undefined
  readonly #more = new Map<number, number[]>()
  /** -1 where there is none */
  #going: Int32Array | undefined

  constructor(tasks: number) {
    this.#tasks = tasks
  }

  /** Whether there ever was a copy of anything. */
  get any(): boolean {
    return this.#first !== undefined
  }

  /** Whether nothing has a copy or is to have one, and nothing ever had. */
  get isEmpty(): boolean {
    return this.#first === undefined && this.#going === undefined
  }

  /** One of the workers that hold a copy, -1 if none does. */
  first(task: number): number {
    return this.#first === undefined ? -1 : this.#first[task]!
  }

  /** The workers that hold copies beside the first one. */
  more(task: number): readonly number[] | undefined {
    return this.#more.size === 0 ? undefined : this.#more.get(task)
  }

  /**
   * A worker that will have a copy, as far as is known: a task that needs it was given to that worker. It is a guess (the
   * task may go elsewhere) and never a worker of which `has` is true. -1: none.
   */
  going(task: number): number {
    return this.#going === undefined ? -1 : this.#going[task]!
  }

  /** A task that needs the value was given to a worker that does not hold it. */
  send(task: number, worker: number): void {
    this.#going ??= new Int32Array(this.#tasks).fill(-1)
    this.#going[task] = worker
  }

  all(task: number): number[] {
    const first = this.first(task)
    return first < 0 ? [] : [first, ...(this.more(task) ?? [])]
  }

  has(task: number, worker: number): boolean {
    return this.first(task) === worker || (this.more(task)?.includes(worker) ?? false)
  }

  /** Adds a worker that is not there yet. */
  add(task: number, worker: number): void {
    this.#first ??= new Int32Array(this.#tasks).fill(-1)
    if (this.#going?.[task] === worker) this.#going[task] = -1
    if (this.#first[task]! < 0) {
      this.#first[task] = worker
      return
    }
    const more = this.#more.get(task)
    if (more) more.push(worker)
    else this.#more.set(task, [worker])
  }

  delete(task: number, worker: number): void {
    if (this.first(task) === worker) {
      this.take(task)
      return
    }
    const more = this.#more.get(task)
    if (!more?.includes(worker)) return
    more.splice(more.indexOf(worker), 1)
    if (more.length === 0) this.#more.delete(task)
  }

  /** Takes one of the workers out and gives it; -1 if there is none. */
  take(task: number): number {
    const worker = this.first(task)
    if (worker < 0) return -1
    const more = this.#more.size === 0 ? undefined : this.#more.get(task)
    this.#first![task] = more?.pop() ?? -1
    if (more?.length === 0) this.#more.delete(task)
    return worker
  }

  clear(task: number): void {
    if (this.#going !== undefined) this.#going[task] = -1
    if (this.first(task) < 0) return
    this.#first![task] = -1
    this.#more.delete(task)
  }
}

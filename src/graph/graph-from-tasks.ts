import { randomBytes } from 'node:crypto'
import { ArgumentError, describe, nearest } from '../base/index.js'
import { GraphBuilder } from './builder.js'
import { callUser, giveOwn, type UserCall } from './call-user.js'
import { CycleError, UnknownTaskError } from './errors.js'
import type { Graph, TaskFunction } from './graph.js'

/** A key for each parameter of a function; for a parameter that is an array, a list of keys will do. */
export type KeysFor<A extends readonly unknown[]> = {
  [I in keyof A]: string | (NonNullable<A[I]> extends readonly unknown[] ? readonly string[] : never)
}

/** A task of a graph written by hand: a function and the keys of the tasks whose results it takes. See `call`. */
export class TaskCall {
  readonly run: (...values: readonly never[]) => unknown
  readonly dependencies: readonly (string | readonly string[])[]

  constructor(run: (...values: readonly never[]) => unknown, dependencies: readonly (string | readonly string[])[]) {
    if (typeof run !== 'function') throw new ArgumentError(`call takes a function first, not ${describe(run)}`)
    for (const key of dependencies.flat()) {
      if (typeof key !== 'string')
        throw new ArgumentError(`call takes the keys of tasks after its function, not ${describe(key)}`)
    }
    this.run = run
    this.dependencies = dependencies
  }
}

/**
 * A task that calls `run` with the results of other tasks, given by their keys: one for each parameter, or a list of
 * keys for a parameter that is an array.
 */
export function call<A extends readonly unknown[]>(run: (...values: A) => unknown, ...dependencies: KeysFor<A>): TaskCall {
  return new TaskCall(run as TaskCall['run'], dependencies as unknown as TaskCall['dependencies'])
}

/**
 * A graph written by hand. What is not a `call` is a value as it stands.
 *
 * @returns the graph, and the number of each key's task in it
 * @throws CycleError where tasks need each other, UnknownTaskError where a key is not there
 * @example
 * const { graph, keys } = graphFromTasks({
 *   a: 1,
 *   b: call((x: number) => x + 1, 'a'),
 *   all: call((xs: number[]) => xs.length, ['a', 'b']),
 * })
 */
export function graphFromTasks(tasks: { readonly [key: string]: unknown }): { graph: Graph; keys: Map<string, number> } {
  const names = Object.keys(tasks)
  const builder = new GraphBuilder()
  const layers = new UserLayers(builder)
  const keys = new Map<string, number>()
  // The tasks being looked at, each the dependency of the one below it, with the dependencies to look at next.
  const path: { key: string; dependencies: readonly string[]; next: number }[] = []
  const onPath = new Set<string>()

  const enter = (key: string): void => {
    const task = tasks[key]
    const dependencies = task instanceof TaskCall ? task.dependencies.flat() : []
    if (task instanceof Promise) throw new ArgumentError(`the value of ${JSON.stringify(key)} is a Promise. Await it first`)
    path.push({ key, dependencies, next: 0 })
    onPath.add(key)
  }
  for (const name of names) {
    if (keys.has(name)) continue
    enter(name)
    while (path.length > 0) {
      const top = path[path.length - 1]!
      if (top.next < top.dependencies.length) {
        const key = top.dependencies[top.next++]!
        if (keys.has(key)) continue
        if (!Object.hasOwn(tasks, key)) throw new UnknownTaskError(top.key, key, nearest(key, names))
        if (onPath.has(key)) {
          const circle = path.map((entry) => entry.key)
          throw new CycleError([...circle.slice(circle.indexOf(key)), key])
        }
        enter(key)
        continue
      }
      path.pop()
      onPath.delete(top.key)
      const inputs = top.dependencies.map((key) => keys.get(key)!)
      keys.set(top.key, layers.add(tasks[top.key], inputs))
    }
  }
  return { graph: builder.finish(), keys }
}

/** One layer for the values and one for each function. */
class UserLayers {
  readonly #builder: GraphBuilder
  readonly #layers = new Map<unknown, number>()
  readonly #namesakes = new Map<string, number>()
  // Nobody says that these functions are pure, so no other graph has layers of the same names.
  readonly #token = randomBytes(8).toString('hex')

  constructor(builder: GraphBuilder) {
    this.#builder = builder
  }

  add(task: unknown, inputs: readonly number[]): number {
    if (!(task instanceof TaskCall)) return this.#builder.task(this.#layer(giveOwn, 'value'), inputs, task)
    const layer = this.#layer(task.run, task.run.name || 'anonymous', { fn: task.run })
    const lengths = task.dependencies.map((d) => (typeof d === 'string' ? -1 : d.length))
    return this.#builder.task(layer, inputs, lengths.some((n) => n >= 0) ? lengths : undefined)
  }

  #layer(fn: Function, label: string, shared?: UserCall): number {
    let layer = this.#layers.get(fn)
    if (layer !== undefined) return layer
    const namesakes = this.#namesakes.get(label) ?? 0
    this.#namesakes.set(label, namesakes + 1)
    const name = `${label}-${this.#token}-${namesakes}`
    const run = (shared ? callUser : giveOwn) as TaskFunction<never, unknown>
    layer = this.#builder.layer<never, unknown>({ name, label, run, shared, source: shared?.fn })
    this.#layers.set(fn, layer)
    return layer
  }
}

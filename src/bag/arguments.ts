import { ArgumentError, describe } from '../base/index.js'
import { Gathered } from '../delayed/index.js'
import { LazyCollection } from '../expr/index.js'
import type { Input } from './partitionwise.js'
import { isThenable } from './run.js'
import type { Argument, UserFunction } from './steps.js'

/** Stands among the arguments of a function for the item, or the partition, that a step is at. */
export const THIS: unique symbol = Symbol('this')

/** The arguments of a step, and the inputs that they need. */
export interface TakenArguments {
  readonly args: readonly Argument[]
  readonly inputs: readonly Input[]
}

/**
 * Takes the arguments of a function apart. Of bags the function gets the item (`each`) or the partition that goes with the
 * one it is at, of other lazy things the value. The inputs come after the first one of the task.
 */
export function takeArguments(label: string, all: readonly unknown[], partitions: number, each: boolean): TakenArguments {
  const inputs: Input[] = []
  const args = all.map((arg, i): Argument => {
    if (arg === THIS) return { item: true }
    if (!(arg instanceof LazyCollection)) {
      refusePromise(label, arg, i + 1)
      return { value: arg }
    }
    if (arg.isSingle) inputs.push(singleInput(arg))
    else if (arg.expression.size === partitions) inputs.push({ expression: arg.expression, mode: 'each' })
    else {
      throw new ArgumentError(
        `${label}: argument ${all.indexOf(THIS) + 1} has ${partitions} partitions, but argument ${i + 1} has ${arg.expression.size}. Bags that are used together must have the same partitions: repartition one of them, or give it as one value, value(bag)`,
      )
    }
    return { input: inputs.length, each: each && !arg.isSingle }
  })
  return { args, inputs }
}

/** The one value of a lazy thing, given to every partition. */
export function singleInput(collection: LazyCollection<unknown>): Input {
  const single = collection.isSingle && collection.expression.size === 1
  return { expression: single ? collection.expression : new Gathered(collection), mode: 'one' }
}

export function refusePromise(label: string, arg: unknown, position: number): void {
  if (!isThenable(arg)) return
  throw new ArgumentError(
    `${label}: argument ${position} is a Promise. A promise belongs to this process and cannot be an input of a task: await it first, or make the call that gives it a delayed one.`,
  )
}

export function needFunction(label: string, fn: unknown, what = 'a function'): UserFunction {
  if (typeof fn === 'function') return fn as UserFunction
  throw new ArgumentError(`${label}: ${what} is needed, not ${describe(fn)}`)
}

export function needCount(label: string, what: string, n: unknown, least = 0): number {
  if (Number.isSafeInteger(n) && (n as number) >= least) return n as number
  throw new ArgumentError(
    `${label}: ${what} must be ${least === 0 ? '0 or a positive integer' : least === 1 ? 'a positive integer' : `an integer of at least ${least}`}, not ${describe(n)}`,
  )
}

export function needSeed(label: string, seed: unknown): number {
  if (seed === undefined) return Math.floor(Math.random() * 2 ** 32)
  if (Number.isSafeInteger(seed)) return seed as number
  throw new ArgumentError(`${label}: the seed must be an integer, not ${describe(seed)}`)
}

import { ArgumentError, Random, describe } from '../base/index.js'
import { indexOf } from './lookup.js'
import { type Run, after, blame, isThenable, pushAll } from './run.js'
import { Waits } from './waits.js'

/** A function of the user. */
export type UserFunction = (...args: readonly never[]) => unknown

/** An argument of a step: the item it is at, a value, or an input of the task, of which it takes an item at a time (`each`). */
export type Argument = { readonly item: true } | { readonly value: unknown } | { readonly input: number; readonly each: boolean }

/** What is done with each item of a partition, as plain data: steps travel to where they are done. */
export type Step =
  | { readonly kind: 'map' | 'starMap' | 'filter' | 'remove'; readonly label: string; readonly fn: UserFunction }
  | { readonly kind: 'flatten'; readonly label: string; readonly fn?: UserFunction }
  | { readonly kind: 'with'; readonly label: string; readonly args: readonly Argument[] }
  | {
      readonly kind: 'pluck'
      readonly label: string
      readonly key: PropertyKey | readonly PropertyKey[]
      readonly missing: unknown
    }
  | { readonly kind: 'randomSample'; readonly label: string; readonly probability: number; readonly seed: number }
  | { readonly kind: 'mapPartitions'; readonly label: string; readonly fn: UserFunction; readonly args: readonly Argument[] }
  | {
      readonly kind: 'lookup'
      readonly label: string
      readonly left: UserFunction
      readonly right: UserFunction
      readonly other: Argument
    }

/** A part of a running pipeline: items are pushed into it one by one, and its end gives the value of the task, or promises it. */
export interface Stage {
  readonly push: (item: unknown) => void
  /** as `push` for each of these, where that can be done faster; stops when the run does */
  readonly pushMany?: (items: readonly unknown[]) => void
  readonly end: () => unknown
}

/** The stage that does a step and pushes what comes out into the next. `values`: the inputs of the task. */
export function stageOf(step: Step, next: Stage, run: Run, values: readonly unknown[]): Stage {
  switch (step.kind) {
    case 'map':
      return calling(step.label, step.fn, step.fn as (item: unknown) => unknown, next, run)
    case 'starMap':
      return calling(step.label, step.fn, spreading(step.label, step.fn), next, run)
    case 'filter':
      return selecting(step.label, step.fn as (item: unknown) => unknown, true, next)
    case 'remove':
      return selecting(step.label, step.fn as (item: unknown) => unknown, false, next)
    case 'flatten':
      return flattening(step.label, step.fn, next, run)
    case 'with':
      return joiningArguments(step.label, step.args, next, run, values)
    case 'pluck':
      return plucking(step, next)
    case 'randomSample':
      return sampling(step.probability, step.seed, next, run)
    case 'mapPartitions':
      return wholePartition(step.label, step.fn, step.args, next, run, values)
    case 'lookup':
      return lookingUp(step, next, values)
  }
}

function calling(label: string, fn: UserFunction, call: (item: unknown) => unknown, { push, end }: Stage, run: Run): Stage {
  let waits: Waits | undefined
  const toBlame = (thrown: unknown): Error => blame(thrown, label, fn)
  return {
    push(item) {
      if (waits) {
        waits.add(async () => call(item))
        return
      }
      let value: unknown
      try {
        value = call(item)
      } catch (thrown) {
        throw toBlame(thrown)
      }
      if (typeof value !== 'object' || value === null || !isThenable(value)) push(value)
      else {
        const first = value
        waits = new Waits(run, push, toBlame)
        waits.add(() => first)
      }
    },
    end: () => after(waits?.idle(), end),
  }
}

function spreading(label: string, fn: UserFunction): (item: unknown) => unknown {
  return (item) => {
    if (!Array.isArray(item)) throw new ArgumentError(`${label}: an item is ${describe(item)}, not an array of arguments`)
    return (fn as (...args: unknown[]) => unknown)(...(item as unknown[]))
  }
}

function selecting(label: string, fn: (item: unknown) => unknown, wanted: boolean, { push, end }: Stage): Stage {
  return {
    push(item) {
      let answer: unknown
      try {
        answer = fn(item)
        if (typeof answer === 'object' && isThenable(answer)) {
          throw new ArgumentError(
            `${label}: the function gave a Promise, which is neither true nor false. Use an asynchronous map first, then ${label}`,
          )
        }
      } catch (thrown) {
        throw blame(thrown, label, fn)
      }
      if (Boolean(answer) === wanted) push(item)
    },
    end,
  }
}

function flattening(label: string, fn: UserFunction | undefined, { push, pushMany, end }: Stage, run: Run): Stage {
  return {
    push(item) {
      if (Array.isArray(item)) {
        if (pushMany) pushMany(item)
        else for (let i = 0; i < item.length && !run.stopped; i++) push(item[i])
        return
      }
      try {
        for (const part of iterable(item, label, fn)) {
          push(part)
          if (run.stopped) break
        }
      } catch (thrown) {
        throw blame(thrown, label, fn)
      }
    },
    end,
  }
}

function iterable(value: unknown, label: string, fn: UserFunction | undefined): Iterable<unknown> {
  if (typeof value === 'string' || (typeof value === 'object' && value !== null && Symbol.iterator in value))
    return value as Iterable<unknown>
  throw new ArgumentError(`${label}: ${fn ? 'the function gave' : 'an item is'} ${describe(value)}, which is not iterable`)
}

/** What a function is called with when it is at `item`, which is number `n`. */
function argumentsOf(args: readonly Argument[], values: readonly unknown[], item: unknown, n: number): unknown[] {
  return args.map((arg) => {
    if ('item' in arg) return item
    if ('value' in arg) return arg.value
    return arg.each ? (values[arg.input] as readonly unknown[])[n] : values[arg.input]
  })
}

/** Makes of each item the arguments of a function. */
function joiningArguments(
  label: string,
  args: readonly Argument[],
  { push, end }: Stage,
  run: Run,
  values: readonly unknown[],
): Stage {
  const lengths = args.flatMap((arg) => ('input' in arg && arg.each ? [(values[arg.input] as readonly unknown[]).length] : []))
  const shortest = Math.min(...lengths)
  let count = 0
  const unequal = (one: number, another: number | 'more'): Error =>
    blame(
      new ArgumentError(
        `${label}: in partition ${run.partition} one bag has ${one} items, another ${another}. Bags that are used together must have partitions of the same lengths`,
      ),
      label,
      undefined,
    )
  return {
    push(item) {
      if (count >= shortest) throw unequal(shortest, 'more')
      push(argumentsOf(args, values, item, count++))
    },
    end() {
      const other = lengths.find((length) => length !== count)
      if (!run.stopped && other !== undefined) throw unequal(other, count)
      return end()
    },
  }
}

function plucking({ label, key, missing }: Step & { kind: 'pluck' }, { push, end }: Stage): Stage {
  const get = (item: unknown, k: PropertyKey): unknown => {
    const value = (item as Record<PropertyKey, unknown>)[k]
    return value === undefined ? missing : value
  }
  const pluck = Array.isArray(key)
    ? (item: unknown) => (key as readonly PropertyKey[]).map((k) => get(item, k))
    : (item: unknown) => get(item, key as PropertyKey)
  return {
    push(item) {
      let value: unknown
      try {
        value = pluck(item)
      } catch (thrown) {
        throw blame(thrown, label, undefined)
      }
      push(value)
    },
    end,
  }
}

/** A generator for one partition: what it gives does not depend on when and where the others are computed. */
export function partitionRandom(seed: number, partition: number): Random {
  return new Random(new Random(seed).bits() + (partition + 1) * 2 ** 32)
}

function sampling(probability: number, seed: number, { push, end }: Stage, run: Run): Stage {
  const random = partitionRandom(seed, run.partition)
  return {
    push(item) {
      if (random.next() < probability) push(item)
    },
    end,
  }
}

function wholePartition(
  label: string,
  fn: UserFunction,
  args: readonly Argument[],
  { push, end }: Stage,
  run: Run,
  values: readonly unknown[],
): Stage {
  const items: unknown[] = []
  const toBlame = (thrown: unknown): Error => blame(thrown, label, fn)
  const failed = (thrown: unknown): never => {
    throw toBlame(thrown)
  }
  const emit = (result: unknown): unknown => {
    if (typeof result === 'object' && result !== null && Symbol.asyncIterator in result) {
      return pushAsync(result as AsyncIterable<unknown>, push, run).then(end, failed)
    }
    let pushed: Promise<void> | undefined
    try {
      pushed = pushAll(iterable(result, label, fn), push, run)
    } catch (thrown) {
      throw toBlame(thrown)
    }
    return pushed ? pushed.then(end, failed) : end()
  }
  return {
    push: (item) => items.push(item),
    end() {
      let result: unknown
      try {
        result = (fn as (...args: unknown[]) => unknown)(...argumentsOf(args, values, items, 0))
      } catch (thrown) {
        throw toBlame(thrown)
      }
      if (!isThenable(result)) return emit(result)
      return result.then(emit, failed)
    },
  }
}

async function pushAsync(items: AsyncIterable<unknown>, push: (item: unknown) => void, run: Run): Promise<void> {
  for await (const item of items) {
    push(item)
    if (run.stopped) return
    if (run.pending > 0) await run.room()
  }
}

function lookingUp(
  { label, left, right, other }: Step & { kind: 'lookup' },
  { push, end }: Stage,
  values: readonly unknown[],
): Stage {
  const index = indexOf(argumentsOf([other], values, undefined, 0)[0] as Iterable<unknown>, right, label)
  return {
    push(item) {
      let matches: readonly unknown[] | undefined
      try {
        matches = index.find((left as (item: unknown) => unknown)(item))?.value
      } catch (thrown) {
        throw blame(thrown, label, left)
      }
      if (matches) for (const match of matches) push([item, match])
    },
    end,
  }
}

import { ArgumentError, describe } from '../base/index.js'
import { type Expression, LazyCollection, type Pass } from '../expr/index.js'
import { Call, Called } from './call.js'
import { takeApart } from './template.js'
import type { Computed, LiftArgs, MethodName, MethodParameters, MethodResult, Settled, TupleOf } from './types.js'

/**
 * One value that is computed when asked for: what a `delayed` function gives. Its properties, methods and items are
 * delayed too.
 *
 * @example
 * const page = delayed(load)(url)             // Delayed<Page>
 * const title = page.get('title')             // Delayed<string>
 * console.log(await title.compute())
 */
export class Delayed<out T> extends LazyCollection<T> {
  readonly expression: Expression
  readonly #passes: readonly Pass[]

  /** Use `delayed` or `value`. */
  constructor(expression: Expression, passes: readonly Pass[] = []) {
    super()
    this.expression = expression
    this.#passes = passes
  }

  /** Those of the collections that it was made of. */
  override get passes(): readonly Pass[] {
    return this.#passes
  }

  override get isSingle(): boolean {
    return true
  }

  finalize(values: unknown[]): T {
    return values[0] as T
  }

  rebuild(expression: Expression): this {
    return new Delayed(expression, this.#passes) as this
  }

  /** A property of the value. */
  get<K extends keyof T>(key: K): Delayed<T[K]> {
    return call(getProperty, `get ${String(key)}`, [this, key], true) as Delayed<T[K]>
  }

  /** What a method of the value returns. For methods that are generic or overloaded, `map` sees the types better. */
  call<K extends MethodName<T>>(name: K, ...args: LiftArgs<MethodParameters<T, K>>): Delayed<Awaited<MethodResult<T, K>>> {
    return call(callMethod, `call ${String(name)}`, [this, name, ...(args as unknown[])], false) as Delayed<
      Awaited<MethodResult<T, K>>
    >
  }

  /** What a function gives for the value. */
  map<R>(fn: (value: T) => R): Delayed<Settled<R>> {
    return delayed(fn as (value: unknown) => R)(this) as Delayed<Settled<R>>
  }

  /**
   * The items of a value that is a tuple, or the first `n` items of an array.
   *
   * @example
   * const [low, high] = delayed(limits)(data).unpack(2)
   */
  unpack(): T extends readonly unknown[] ? { [K in keyof T]: Delayed<T[K]> } : never
  unpack<const N extends number>(n: N): TupleOf<N, Delayed<T extends readonly (infer E)[] ? E : never>>
  unpack(n?: number): unknown {
    if (n === undefined) return new Unpacked(this as Delayed<readonly unknown[]>)
    if (!(Number.isSafeInteger(n) && n >= 0))
      throw new ArgumentError(`unpack: the number of items must be 0 or a positive integer, not ${describe(n)}`)
    return Array.from({ length: n }, (_, i) => (this as Delayed<readonly unknown[]>).get(i))
  }
}

/** The most items that are taken without saying how many: a tuple type tells the compiler, nothing tells the program. */
const MOST_ITEMS = 1000

/** Gives as many items as are asked for: what `const [a, b] = x.unpack()` takes apart. */
class Unpacked {
  constructor(of: Delayed<readonly unknown[]>) {
    return new Proxy(this, {
      get(target, property) {
        if (typeof property === 'string' && /^\d+$/.test(property)) return of.get(Number(property))
        if (property === Symbol.iterator) return items.bind(undefined, of)
        return Reflect.get(target, property)
      },
    })
  }
}

function* items(of: Delayed<readonly unknown[]>): IterableIterator<Delayed<unknown>> {
  for (let i = 0; i < MOST_ITEMS; i++) yield of.get(i)
  throw new ArgumentError(
    'unpack() does not know how many items there are, so it cannot be spread: say how many, as in unpack(3)',
  )
}

export interface DelayedOptions {
  /** equal calls with equal arguments are computed once; false unless told */
  readonly pure?: boolean
  /** what people read in progress bars and errors; the function's name unless told, or the beginning of its text */
  readonly name?: string
}

/**
 * Makes a function lazy: calling it computes nothing, but gives a `Delayed` that stands for what it will return. Lazy
 * values may stand wherever its arguments want values, also inside arrays and objects.
 *
 * @example
 * const inc = delayed((x: number) => x + 1), add = delayed((a: number, b: number) => a + b)
 * console.log(await add(inc(1), inc(2)).compute()) // 5
 */
export function delayed<A extends unknown[], R>(
  fn: (...args: A) => R,
  { pure = false, name }: DelayedOptions = {},
): (...args: LiftArgs<A>) => Delayed<Settled<R>> {
  if (typeof fn !== 'function') throw new ArgumentError(`delayed: a function is needed, not ${describe(fn)}`)
  const label = name ?? (fn.name || excerpt(fn))
  const called = new Called(fn as (...args: never[]) => unknown, label, pure)
  return (...args) => callOf(called, args as unknown[]) as Delayed<Settled<R>>
}

/**
 * A lazy value that is known already; lazy values inside arrays and objects become theirs.
 *
 * @example
 * const total = value([inc(1), inc(2)]).map((xs) => xs[0]! + xs[1]!)
 */
export function value<const T>(x: T): Delayed<Computed<T>> {
  return call(identity, 'value', [x], false) as Delayed<Computed<T>>
}

function call(fn: (...args: never[]) => unknown, label: string, args: readonly unknown[], pure: boolean): Delayed<unknown> {
  return callOf(new Called(fn, label, pure), args)
}

function callOf(called: Called, args: readonly unknown[]): Delayed<unknown> {
  const template = takeApart(args, called.label)
  return new Delayed(new Call(called, template), template.passes)
}

/** The beginning of a function's text: what stands for its name when it has none. */
function excerpt(fn: Function): string {
  const text = fn.toString().replace(/\s+/g, ' ')
  return text.length <= 32 ? text : `${text.slice(0, 31)}…`
}

function identity(x: unknown): unknown {
  return x
}

function getProperty(object: Record<PropertyKey, unknown>, key: PropertyKey): unknown {
  return object[key]
}

function callMethod(object: Record<PropertyKey, unknown>, name: PropertyKey, ...args: unknown[]): unknown {
  const method = object[name]
  if (typeof method !== 'function') throw new ArgumentError(`${describe(object)} has no method ${String(name)}`)
  return Reflect.apply(method, object, args)
}

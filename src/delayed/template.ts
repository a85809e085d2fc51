import { ArgumentError } from '../base/index.js'
import { type Expression, type LazyCollection, type Pass, lazyOf } from '../expr/index.js'
import { Gathered } from './gathered.js'
import type { Holed } from './put-together.js'

/**
 * The arguments of a call, taken apart: what is lazy became `inputs`, the rest is `own`. `shape` says how to put them
 * together again, one letter an argument: d, the next input; l, the next of `own`; t, the next of `own` with its holes
 * filled by inputs. With a single argument that is no input, `own` is that argument itself.
 */
export interface Template {
  readonly shape: string
  readonly inputs: readonly Expression[]
  readonly own: unknown
  /** the passes of what was lazy, each once */
  readonly passes: readonly Pass[]
}

/** Takes arguments apart. `name` is that of the function, for messages. */
export function takeApart(args: readonly unknown[], name: string): Template {
  const count = args.length
  if (count === 1 && !isObject(args[0])) return { shape: 'l', inputs: noInputs, own: args[0], passes: none }
  if (!args.some(isObject)) {
    return { shape: 'l'.repeat(count), inputs: noInputs, own: count === 0 ? undefined : args, passes: none }
  }
  let shape = ''
  const inputs: Expression[] = []
  const own: unknown[] = []
  const taken: Taken = { inputs, passes: none }
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]
    const lazy = isObject(arg) ? lazyOf(arg) : undefined
    if (!isObject(arg)) {
      shape += 'l'
      own.push(arg)
    } else if (lazy) {
      shape += 'd'
      take(lazy, taken)
    } else {
      const holed = takeOut(arg, (collection) => take(collection, taken), name, i)
      shape += holed.paths.length === 0 ? 'l' : 't'
      own.push(holed.paths.length === 0 ? arg : holed)
    }
  }
  return { shape, inputs, own: own.length === 0 ? undefined : own.length === 1 ? own[0] : own, passes: taken.passes }
}

/** Whether there can be something lazy in it. */
function isObject(arg: unknown): arg is object {
  return typeof arg === 'object' && arg !== null
}

/** Takes what is lazy out of argument `argument` of `name`: gives each to `take`, and the argument with holes instead. */
export function takeOut(arg: object, take: (collection: LazyCollection<unknown>) => void, name: string, argument = 0): Holed {
  const paths: (string | number)[][] = []
  const search: Search = { paths, take, argument, name, path: [], open: [], circle: undefined }
  const value = withHoles(arg, search)
  if (paths.length > 0 && search.circle !== undefined) {
    throw new ArgumentError(`${search.circle} contains itself: an argument with something lazy inside cannot go in circles.`)
  }
  return { value, paths }
}

/** What is known of the lazy things that were met. */
interface Taken {
  readonly inputs: Expression[]
  passes: readonly Pass[]
}

const none: readonly Pass[] = []
const noInputs: readonly Expression[] = []

function take(collection: LazyCollection<unknown>, taken: Taken): void {
  taken.inputs.push(valueOf(collection))
  const { passes } = collection
  if (passes.length === 0 || passes === taken.passes) return
  taken.passes = taken.passes === none ? passes : [...new Set([...taken.passes, ...passes])]
}

interface Search {
  readonly paths: (string | number)[][]
  readonly take: (collection: LazyCollection<unknown>) => void
  readonly argument: number
  readonly name: string
  readonly path: (string | number)[]
  readonly open: object[]
  /** where an object was met inside itself: no harm, unless something lazy is inside too */
  circle: string | undefined
}

/** The value with everything lazy inside taken out; the value itself when there is nothing. */
function withHoles(value: object, search: Search): unknown {
  const { path, open } = search
  const lazy = lazyOf(value)
  if (lazy) {
    search.paths.push([...path])
    search.take(lazy)
    return undefined
  }
  if (typeof (value as { then?: unknown }).then === 'function') {
    throw new ArgumentError(
      `${place(search)} is a Promise. A promise belongs to this process and cannot be an input of a task: await it first, or make the call that gives it a delayed one.`,
    )
  }
  const isArray = Array.isArray(value)
  if (!isArray && !isPlainObject(value)) return value
  if (open.includes(value)) {
    search.circle ??= place(search)
    return value
  }
  let copy: Record<string | number, unknown> | unknown[] | undefined
  open.push(value)
  const before = search.paths.length
  const visit = (key: string | number, item: object): void => {
    path.push(key)
    const found = search.paths.length
    const changed = withHoles(item, search)
    if (search.paths.length > found) {
      copy ??= isArray ? [...(value as unknown[])] : { ...value }
      ;(copy as Record<string | number, unknown>)[key] = changed
    }
    path.pop()
  }
  if (isArray) {
    for (let i = 0; i < value.length; i++) {
      const item: unknown = value[i]
      if (typeof item === 'object' && item !== null) visit(i, item)
    }
  } else {
    for (const [key, item] of Object.entries(value)) if (typeof item === 'object' && item !== null) visit(key, item)
  }
  open.pop()
  return search.paths.length > before ? copy : value
}

function place({ argument, name, path }: Search): string {
  const inside = path.map((k) => (typeof k === 'number' ? `[${k}]` : `.${k}`)).join('')
  return `argument ${argument + 1} of ${name}${inside === '' ? '' : `, at ${inside},`}`
}

function isPlainObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** The expression whose one value is that of the collection. */
function valueOf(collection: LazyCollection<unknown>): Expression {
  return collection.expression.size === 1 && collection.isSingle ? collection.expression : new Gathered(collection)
}

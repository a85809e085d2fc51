import { ArgumentError, IntList, describe, hashOf } from '../base/index.js'
import type { HeldValue } from '../executor/index.js'
import { type Annotations, type Graph, GraphBuilder, type ShuffleRole, type TaskFunction } from '../graph/index.js'
import { contentHash, encode } from '../transfer/index.js'
import { canBeCaptured, lowerCaptured } from './capture.js'
import type { Expression } from './expression.js'

/** What the tasks of a layer run; see `Layer` in graph/. */
export interface LayerRun<Own, Shared> {
  readonly run: TaskFunction<Own, Shared>
  readonly shared?: Shared
  /** the user's function, for messages */
  readonly source?: Function | undefined
  readonly scratch?: boolean
  /** what its tasks do in a shuffle */
  readonly shuffle?: ShuffleRole | undefined
  /** goes behind the expression's label, for expressions that make several layers: 'combine' */
  readonly suffix?: string
}

/** A layer being filled. */
export interface LayerWriter {
  /** Adds a task and gives its number. */
  task(dependencies: ArrayLike<number>, own?: unknown): number
}

/** The encoded form of what a layer runs, and the held values that it captured. */
interface Encoded {
  readonly run: unknown
  readonly payload: Uint8Array
  readonly captures: readonly object[]
}

const noInputs: readonly ArrayLike<number>[] = []
let unique = 0

/**
 * An expression of one value keeps its task itself, as the number of the task plus that from which the context counts:
 * a million of them in a map would cost more than all the rest. No two contexts use the same numbers.
 */
let nextBase = 0
/** a context is lowering; one that begins meanwhile (a value that is encoded may compute something) has a map only */
let lowering = false
const objectNumbers = new WeakMap<object, number>()

/** What expressions are given to make tasks with. */
export class LowerContext {
  readonly builder = new GraphBuilder()
  /** whether tasks see values where they are, so that what needs a part of one does not move all of it */
  readonly oneMemory: boolean
  readonly #travels: boolean
  readonly #span: readonly string[] | undefined
  readonly #spanned = new Map<Annotations | undefined, Annotations>()
  readonly #encoded = new Map<unknown, Encoded>()
  readonly #layers = new Map<string, LayerWriter>()
  readonly #lastShared = new Map<object, { variant: string; annotations: Annotations | undefined; layer: LayerWriter }>()
  readonly #captured = new Map<object, number>()
  readonly #lowered = new Map<Expression, number | ArrayLike<number>>()
  readonly #byName = new Map<string, number | ArrayLike<number>>()
  /** by what an expression has been lowered to: its task, or its tasks */
  readonly #names = new Map<number | ArrayLike<number>, string>()
  readonly #base: number
  #current!: Expression
  #name: string | undefined

  /**
   * `travels`: what tasks run is sent elsewhere, so it is encoded here, and errors of that come before anything runs.
   * `span`: the spans of whoever computes it. `oneMemory`: all tasks run in this process, and see values without moving them.
   * `base`: where it begins to count; Infinity: expressions do not keep their tasks.
   */
  constructor(travels: boolean, span?: readonly string[], oneMemory = false, base = Infinity) {
    this.oneMemory = oneMemory
    this.#travels = travels
    this.#span = span
    this.#base = base
  }

  /** The annotations of an expression, with the spans of whoever computes it where it was made outside of any. */
  #annotationsOf({ annotations }: Expression): Annotations | undefined {
    if (this.#span === undefined || annotations?.span) return annotations
    let spanned = this.#spanned.get(annotations)
    if (!spanned) this.#spanned.set(annotations, (spanned = { ...annotations, span: this.#span }))
    return spanned
  }

  /** A hash of a value or a function: equal for what is equal. Where nothing travels, a function equals only itself. */
  hash(value: unknown): string {
    if (typeof value === 'string') return value
    if (this.#travels) return contentHash(value, { reference: numberOf })
    try {
      return typeof value === 'function' ? objectNumber(value) : contentHash(value, { reference: numberOf })
    } catch {
      return typeof value === 'object' && value !== null ? objectNumber(value) : `${typeof value} ${String(value)}`
    }
  }

  /** The layer of the expression that is being lowered whose tasks run this; made on first use. */
  layer<Own, Shared>({ run, shared, source, scratch, shuffle, suffix }: LayerRun<Own, Shared>): LayerWriter {
    this.#name ??= uniqueName(this.#current.label)
    const name = suffix === undefined ? this.#name : `${this.#name}-${suffix}`
    const known = this.#layers.get(name)
    if (known) return known
    const layer = this.#layer(name, this.#current.label + (suffix === undefined ? '' : `-${suffix}`), {
      run,
      shared,
      source,
      scratch,
      shuffle,
    })
    this.#layers.set(name, layer)
    return layer
  }

  /**
   * A layer that several expressions fill: the one of this key. For expressions that are one task each, so that a million
   * of them do not make a million layers.
   */
  sharedLayer<Own, Shared>(key: object, variant: string, make: (variant: string) => LayerRun<Own, Shared>): LayerWriter {
    const { annotations, label } = this.#current
    // Most often it is the layer that the last expression of this key went to.
    const last = this.#lastShared.get(key)
    if (last && last.variant === variant && last.annotations === annotations) return last.layer
    const id = `${objectNumber(key)} ${variant} ${annotations ? objectNumber(annotations) : ''}`
    let layer = this.#layers.get(id)
    if (!layer) {
      layer = this.#layer(uniqueName(label), label, make(variant))
      this.#layers.set(id, layer)
    }
    this.#lastShared.set(key, { variant, annotations, layer })
    return layer
  }

  /** The task that gives what an executor holds already. */
  held(values: readonly HeldValue[]): number[] {
    const known = this.#layers.get('held')
    let layer = known
    if (!layer) {
      const number = this.builder.layer({ name: 'held', run: undefined })
      layer = { task: (dependencies, own) => this.builder.task(number, dependencies, own) }
      this.#layers.set('held', layer)
    }
    return values.map((value) => {
      const task = this.#captured.get(value) ?? layer.task([], value)
      this.#captured.set(value, task)
      return task
    })
  }

  /** The tasks of an expression's values; equal expressions have the same. */
  lower(root: Expression): ArrayLike<number> {
    const tasks = this.#lowerAll(root)
    return typeof tasks === 'number' ? [tasks] : tasks
  }

  /** Adds the tasks of an expression's values to a list. */
  lowerInto(root: Expression, list: IntList): void {
    const tasks = this.#lowerAll(root)
    if (typeof tasks === 'number') list.push(tasks)
    else for (let i = 0; i < tasks.length; i++) list.push(tasks[i]!)
  }

  /** The task or the tasks of an expression, if it has been lowered. */
  #find(e: Expression): number | ArrayLike<number> | undefined {
    return e.loweredAs >= this.#base ? e.loweredAs - this.#base : this.#lowered.get(e)
  }

  #isLowered(e: Expression): boolean {
    return e.loweredAs >= this.#base || this.#lowered.has(e)
  }

  #lowerAll(root: Expression): number | ArrayLike<number> {
    if (root.loweredAs >= this.#base) return root.loweredAs - this.#base
    if (root.inputs.length === 0) return this.#lowered.get(root) ?? this.#lowerOne(root)
    const known = this.#lowered.get(root)
    if (known !== undefined) return known
    const stack = [root]
    for (;;) {
      const e = stack[stack.length - 1]!
      const { inputs } = e
      const before = stack.length
      // The first input is to be lowered first, so it goes on top.
      for (let i = inputs.length - 1; i >= 0; i--) if (!this.#isLowered(inputs[i]!)) stack.push(inputs[i]!)
      if (stack.length > before) continue
      const tasks = this.#lowerOne(e)
      // What stands on the stack twice is lowered by now.
      do {
        stack.pop()
        if (stack.length === 0) return tasks
      } while (this.#isLowered(stack[stack.length - 1]!))
    }
  }

  /** The name of what these tasks give; of what equals only itself, one that nothing else has. */
  #nameOf(input: Expression): string {
    const tasks = this.#find(input)!
    let name = this.#names.get(tasks)
    if (name === undefined) {
      name = uniqueName('')
      this.#names.set(tasks, name)
    }
    return name
  }

  #lowerOne(e: Expression): number | ArrayLike<number> {
    // A captured collection is lowered while the function that captured it is: come back to where we were.
    const outer = this.#current
    const outerName = this.#name
    this.#current = e
    this.#name = undefined
    const identity = e.identity(this)
    let tasks: number | ArrayLike<number> | undefined
    if (identity !== undefined) {
      const annotations = e.annotations ? this.hash(e.annotations) : ''
      this.#name = `${nameFor(e.label)}-${hashOf(e.constructor.name, identity, annotations, ...e.inputs.map((i) => this.#nameOf(i)))}`
      tasks = this.#byName.get(this.#name)
    }
    if (tasks === undefined) {
      const given = e.lower(this, e.inputs.length === 0 ? noInputs : e.inputs.map((input) => this.lower(input)))
      const size = typeof given === 'number' ? 1 : given.length
      if (size !== e.size) throw new ArgumentError(`${e.label} gave ${size} tasks for ${e.size} values`)
      tasks = size === 1 && typeof given !== 'number' ? given[0]! : given
      if (identity !== undefined) {
        this.#byName.set(this.#name!, tasks)
        this.#names.set(tasks, this.#name!)
      }
    }
    if (typeof tasks === 'number' && this.#base !== Infinity) e.loweredAs = this.#base + tasks
    else this.#lowered.set(e, tasks)
    this.#current = outer
    this.#name = outerName
    return tasks
  }

  #layer<Own, Shared>(
    name: string,
    label: string,
    { run, shared, source, scratch, shuffle }: LayerRun<Own, Shared>,
  ): LayerWriter {
    let payload: Uint8Array | undefined
    let captures: number[] = []
    if (this.#travels) {
      const encoded = this.#encode(run, shared, label)
      payload = encoded.payload
      captures = encoded.captures.map((object) => this.#capture(object))
    }
    const { builder } = this
    const number = builder.layer({
      name,
      label,
      run,
      shared: shared as Shared,
      annotations: this.#annotationsOf(this.#current),
      source,
      scratch,
      shuffle,
      payload,
      captures: captures.length,
    })
    if (captures.length === 0) return { task: (dependencies, own) => builder.task(number, dependencies, own) }
    return { task: (dependencies, own) => builder.task(number, [...Array.from(dependencies), ...captures], own) }
  }

  #encode(run: unknown, shared: unknown, label: string): Encoded {
    const known = this.#encoded.get(shared)
    if (known !== undefined && known.run === run) return known
    const captures: object[] = []
    const reference = (object: object): number => {
      const i = captures.indexOf(object)
      return i >= 0 ? i : captures.push(object) - 1
    }
    const encoded = { run, payload: encode({ run, shared }, { subject: `the function of ${label}`, reference }), captures }
    if (typeof shared === 'object' && shared !== null) this.#encoded.set(shared, encoded)
    return encoded
  }

  /** The task that gives what stands for a captured object in the function that captured it. */
  #capture(object: object): number {
    const known = this.#captured.get(object)
    if (known !== undefined) return known
    if (!canBeCaptured(object))
      throw new ArgumentError(
        `a function captured ${describe(object)}, which says that it is a dependency but cannot be made one`,
      )
    const task = object[lowerCaptured](this)
    this.#captured.set(object, task)
    return task
  }
}

function uniqueName(label: string): string {
  return `${nameFor(label)}-${(++unique).toString(36)}`
}

/** What keys of tasks begin with: the label, unless it is the text of a function. */
function nameFor(label: string): string {
  return /^[\p{L}\p{N}_$.\- ]*$/u.test(label) ? label : 'lambda'
}

function objectNumber(object: object): string {
  return `object ${numberOf(object)}`
}

/** A number that no other object has. */
function numberOf(object: object): number {
  let n = objectNumbers.get(object)
  if (n === undefined) {
    n = ++unique
    objectNumbers.set(object, n)
  }
  return n
}

/** Lowers expressions to one graph. `wanted`: the tasks of the roots' values, one root's after the other's. */
export function lower(
  roots: readonly Expression[],
  travels: boolean,
  span?: readonly string[],
  oneMemory = false,
): { graph: Graph; wanted: Int32Array } {
  const base = lowering ? Infinity : nextBase
  const context = new LowerContext(travels, span, oneMemory, base)
  const wanted = new IntList(roots.length)
  lowering = true
  try {
    for (const root of roots) context.lowerInto(root, wanted)
    return { graph: context.builder.finish(), wanted: wanted.toArray() }
  } finally {
    if (base !== Infinity) {
      lowering = false
      nextBase = base + context.builder.size
    }
  }
}

import { inspect } from 'node:util'
import { ArgumentError, HeddleError, describe } from '../base/index.js'
import { config } from '../config/index.js'
import { type Executor, type ExecutorChoice, type RunOptions, chooseExecutor } from '../executor/index.js'
import { type DrawOptions, type TaskFunction, type Wanted, cull, describeGraph, fuse, visualize } from '../graph/index.js'
import { dependency, operation } from '../transfer/index.js'
import { currentSpan } from './annotate.js'
import { lowerCaptured } from './capture.js'
import type { Expression } from './expression.js'
import { Held } from './held.js'
import { type LowerContext, lower } from './lower.js'
import { type Pass, applyPasses, formatTree } from './passes.js'

/** How collections are to be computed. */
export interface ComputeOptions extends RunOptions {
  /** 'threads', 'processes', 'inline', or an executor; the setting `executor` unless told */
  readonly executor?: ExecutorChoice
  /** rewrite the expressions first; true unless told */
  readonly optimize?: boolean
}

/** Names the type of a collection's result; there is no such property at run time. */
export declare const result: unique symbol

/** A lazy value: what `compute()` gives is an R. Immutable, never thenable. */
export interface Collection<out R> {
  readonly [result]: R
  /** Computes it. Rejects with a `TaskError` when a task fails, with the signal's reason when it is aborted. */
  compute(options?: ComputeOptions): Promise<R>
  /** Starts computing it, and gives the same collection over the values, which stay where they are made. */
  persist(options?: ComputeOptions): this
  /** How it will be computed: the expression, what each pass makes of it, and the graph. */
  explain(): string
}

/**
 * What every collection has in common. To make one of your own: extend `Expression` for what its values are made of, and
 * this class for what users see; `compute`, `persist`, `explain` and `visualize`, use in `delayed` functions, and
 * mixing with other collections in one `compute` come with it.
 *
 * @example
 * class Range extends LazyCollection<number[]> {
 *   get expression() { return this.#expression }             // its partitions
 *   finalize(parts: unknown[]) { return parts.flat() as number[] }   // from the partitions' values to the result
 *   rebuild(expression: Expression) { return new Range(expression) as this }
 * }
 */
export abstract class LazyCollection<out R> implements Collection<R> {
  declare readonly [result]: R

  /** what it consists of */
  abstract get expression(): Expression
  /** From the values of the expression to what `compute` gives. Runs in the caller's thread. */
  abstract finalize(values: unknown[]): R
  /** The same collection over another expression that stands for the same values. */
  abstract rebuild(expression: Expression): this

  /** the passes that rewrite its expression before it is lowered */
  get passes(): readonly Pass[] {
    return []
  }

  /** whether chains of its tasks may become one task */
  get fusible(): boolean {
    return false
  }

  async compute(options: ComputeOptions = {}): Promise<R> {
    const [value] = await computeAll([this], options)
    return value as R
  }

  persist(options: ComputeOptions = {}): this {
    return persistAll([this], options)[0] as this
  }

  /** The collection over the rewritten expression, still lazy. */
  optimize(): this {
    return this.rebuild(optimizeAll([this])[0]!)
  }

  explain(): string {
    const { roots, trace } = applyPasses([this.expression], this.passes)
    const parts = [`expression\n${indent(formatTree([this.expression]))}`]
    for (const { name, roots, changed } of trace)
      parts.push(changed ? `after ${name}\n${indent(formatTree(roots))}` : `${name}: nothing to do`)
    const { graph } = prepare([this], [roots[0]!], false)
    parts.push(`graph\n${indent(describeGraph(graph))}`)
    return parts.join('\n\n')
  }

  /**
   * The task graph as an SVG image.
   *
   * @example
   * await writeFile('graph.svg', await words.visualize())
   */
  async visualize(options: DrawOptions & { readonly optimize?: boolean } = {}): Promise<string> {
    const expression = options.optimize === false ? this.expression : optimizeAll([this])[0]!
    return visualize(prepare([this], [expression], false).graph, options)
  }

  /** Says to transfer/ that a closure that captures this depends on it, or why it cannot. */
  [dependency](): string | undefined {
    if (this.expression instanceof Held) return undefined
    return `it is a lazy ${this.constructor.name}. Pass it as an argument, or compute() or persist() it first`
  }

  /** whether the expression's only value is what `compute` gives, as it is: `finalize` need not be asked */
  get isSingle(): boolean {
    return false
  }

  /**
   * What makes the value that `compute` gives of those of the expression, as `finalize` does, but as a task: for
   * functions that take the collection as an argument, or captured it when it was persisted.
   */
  get gathering(): TaskFunction {
    return first
  }

  /** what `gathering` needs to know beside the values: plain data */
  get gatheringShared(): unknown {
    return undefined
  }

  [lowerCaptured](context: LowerContext): number {
    const run = this.gathering as TaskFunction<unknown, unknown>
    const shared = this.gatheringShared
    const variant = shared === undefined ? '' : JSON.stringify(shared)
    return context.sharedLayer(run, variant, () => ({ run, shared })).task(context.lower(this.expression))
  }

  [inspect.custom](): string {
    return `${this.constructor.name} { ${this.expression.describe()} }`
  }
}

/** Runs as a task: the value of a collection that has one. */
export const first = operation(import.meta.url, 'first', (inputs: readonly unknown[]): unknown => inputs[0])

/** The expressions of collections after their passes: those that have the same passes are rewritten together. */
function optimizeAll(collections: readonly LazyCollection<unknown>[]): Expression[] {
  const expressions = collections.map((c) => c.expression)
  const groups = new Map<string, { passes: readonly Pass[]; members: number[] }>()
  collections.forEach(({ passes }, i) => {
    if (passes.length === 0) return
    const key = passes.map((p) => p.name).join()
    const group = groups.get(key)
    if (group) group.members.push(i)
    else groups.set(key, { passes, members: [i] })
  })
  for (const { passes, members } of groups.values()) {
    const { roots } = applyPasses(
      members.map((i) => expressions[i]!),
      passes,
    )
    members.forEach((i, n) => {
      expressions[i] = roots[n]!
    })
  }
  return expressions
}

/** Lowers, culls and fuses. `expressions`: those that are lowered for the collections; their tasks are wanted, in order. */
function prepare(
  collections: readonly LazyCollection<unknown>[],
  expressions: readonly Expression[],
  travels: boolean,
  oneMemory = false,
): Wanted {
  const lowered = lower(expressions, travels, currentSpan(), oneMemory)
  const culled = cull(lowered.graph, lowered.wanted)
  const fusible = collections.every((c) => c.fusible)
  return fusible && config.get('optimization.fuse') ? fuse(culled.graph, culled.wanted) : culled
}

function plan(collections: readonly LazyCollection<unknown>[], { optimize, ...options }: ComputeOptions) {
  collections.forEach((c, i) => {
    if (!(c instanceof LazyCollection)) throw new ArgumentError(`argument ${i + 1} is ${describe(c)}, not a collection`)
  })
  const executor: Executor = chooseExecutor(options.executor)
  const expressions = optimize === false ? collections.map((c) => c.expression) : optimizeAll(collections)
  const oneMemory = executor.name === 'inline' || executor.name === 'threads'
  return { executor, expressions, ...prepare(collections, expressions, executor.isolated, oneMemory) }
}

/** Computes several collections at once; what they share is computed once. */
export async function computeAll(collections: readonly LazyCollection<unknown>[], options: ComputeOptions): Promise<unknown[]> {
  const { executor, expressions, graph, wanted } = plan(collections, options)
  let values: unknown[]
  try {
    values = await executor.run(graph, wanted, options)
  } catch (error) {
    // Where the task failed is in the cause or in the message; the stack of the error itself shows who asked.
    if (error instanceof HeddleError) Error.captureStackTrace(error, computeAll)
    throw error
  }
  let at = 0
  const results = collections.map((c, i) => {
    const { size } = expressions[i]!
    if (size === 1 && c.isSingle) return values[at++]
    return c.finalize(values.slice(at, (at += size)))
  })
  // A collection may need its time to put its result together.
  return results.some((value) => value instanceof Promise) ? Promise.all(results) : results
}

/** Starts computing several collections, and gives them over the values that are being made. */
export function persistAll(collections: readonly LazyCollection<unknown>[], options: ComputeOptions): LazyCollection<unknown>[] {
  const { executor, expressions, graph, wanted } = plan(collections, options)
  const values = executor.persist(graph, wanted, options)
  let at = 0
  return collections.map((c, i) => c.rebuild(new Held(c.expression.label, values.slice(at, (at += expressions[i]!.size)))))
}

/** Several collections over their rewritten expressions, which share what can be shared. */
export function optimizeMany<T extends LazyCollection<unknown>>(collections: readonly T[]): T[] {
  return optimizeAll(collections).map((expression, i) => collections[i]!.rebuild(expression))
}

function indent(text: string): string {
  return text.replace(/^/gm, '  ')
}

import type { Annotations } from '../graph/index.js'
import { currentAnnotations } from './annotate.js'
import type { LowerContext } from './lower.js'

/**
 * What a collection holds: an immutable node over other nodes, which stands for one task value or several (its
 * partitions, its chunks). Passes rewrite it; `lower` turns it into tasks of a graph.
 *
 * A new kind of collection defines its expressions by extending this class, and itself by extending `LazyCollection`.
 */
export abstract class Expression {
  /** what people read: 'map', 'readText' */
  abstract readonly label: string
  readonly inputs: readonly Expression[]
  readonly annotations: Annotations | undefined
  /** its task, for who lowers it (see lower.ts) */
  loweredAs = -1

  constructor(inputs: readonly Expression[], annotations: Annotations | undefined = currentAnnotations()) {
    this.inputs = inputs
    this.annotations = annotations
  }

  /** how many values it stands for */
  abstract readonly size: number

  /**
   * What, beside its inputs, makes it equal to another expression of its class: equal expressions are computed once.
   * undefined: it equals only itself (it reads a clock, say). Ask the context for hashes of values and functions.
   */
  abstract identity(context: LowerContext): string | undefined

  /**
   * Adds its tasks to the graph and gives those that make its values; one task need not be in an array. `inputs`: the tasks
   * of its inputs' values.
   */
  abstract lower(context: LowerContext, inputs: readonly ArrayLike<number>[]): ArrayLike<number> | number

  /** The same expression over other inputs. */
  abstract withInputs(inputs: readonly Expression[]): Expression

  /** One line of `explain()`: the label and what matters of the parameters. */
  describe(): string {
    return this.label
  }
}

/**
 * The expressions that the roots consist of, inputs before what uses them, each once. Expressions are immutable, so
 * they cannot go in circles.
 */
export function sorted(roots: readonly Expression[]): Expression[] {
  const result: Expression[] = []
  const seen = new Map<Expression, 'open' | 'done'>()
  const stack: Expression[] = [...roots].reverse()
  while (stack.length > 0) {
    const e = stack.at(-1)!
    const state = seen.get(e)
    if (state === undefined) {
      seen.set(e, 'open')
      // The first input is to come out first, so it goes on top.
      for (let i = e.inputs.length - 1; i >= 0; i--) {
        if (!seen.has(e.inputs[i]!)) stack.push(e.inputs[i]!)
      }
    } else {
      stack.pop()
      if (state === 'open') {
        seen.set(e, 'done')
        result.push(e)
      }
    }
  }
  return result
}

/**
 * Rewrites from the leaves up: `change` is given each expression over its rewritten inputs, and gives what is to stand
 * in its place (or the same). `uses` says how often a rewritten input is used in all. What is shared stays shared.
 */
export function rewrite(
  roots: readonly Expression[],
  change: (e: Expression, uses: (input: Expression) => number) => Expression,
): Expression[] {
  const all = sorted(roots)
  const uses = new Map<Expression, number>()
  for (const e of all) for (const i of e.inputs) uses.set(i, (uses.get(i) ?? 0) + 1)
  for (const r of roots) uses.set(r, (uses.get(r) ?? 0) + 1)
  const made = new Map<Expression, Expression>()
  const usesOfMade = new Map<Expression, number>()
  for (const e of all) {
    const inputs = e.inputs.map((i) => made.get(i)!)
    const same = inputs.every((i, n) => i === e.inputs[n])
    const next = change(same ? e : e.withInputs(inputs), (input) => usesOfMade.get(input) ?? 0)
    made.set(e, next)
    usesOfMade.set(next, (usesOfMade.get(next) ?? 0) + (uses.get(e) ?? 0))
  }
  return roots.map((r) => made.get(r)!)
}

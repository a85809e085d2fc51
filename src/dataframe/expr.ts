import type { Tree } from '../lambda/index.js'

type Comparable = number | string | bigint | boolean | Date

/** What stands for a value in a builder: another builder, or the value. */
export type Operand<T> = T | Expr<never, T> | Expr<never, T | null>

/**
 * A value of each row, built by hand: what a function of the row says, for programs that make their conditions at run time.
 *
 * @example flights.filter(col('delay').gt(60).and(col('origin').startsWith('S')))
 */
export class Expr<in S, out T> {
  declare readonly row: (row: S) => void
  declare readonly value: T
  readonly tree: Tree

  /** Use `col` and `value`. */
  constructor(tree: Tree) {
    this.tree = tree
  }

  /** `this > other` */
  gt(other: Operand<Comparable>): Expr<S, boolean> {
    return this.#binary('>', other)
  }
  /** `this >= other` */
  ge(other: Operand<Comparable>): Expr<S, boolean> {
    return this.#binary('>=', other)
  }
  /** `this < other` */
  lt(other: Operand<Comparable>): Expr<S, boolean> {
    return this.#binary('<', other)
  }
  /** `this <= other` */
  le(other: Operand<Comparable>): Expr<S, boolean> {
    return this.#binary('<=', other)
  }
  /** `this === other`; null equals null */
  eq(other: Operand<Comparable | null>): Expr<S, boolean> {
    return this.#binary('===', other)
  }
  /** `this !== other` */
  ne(other: Operand<Comparable | null>): Expr<S, boolean> {
    return this.#binary('!==', other)
  }
  add(other: Operand<number>): Expr<S, number> {
    return this.#binary('+', other)
  }
  sub(other: Operand<number>): Expr<S, number> {
    return this.#binary('-', other)
  }
  mul(other: Operand<number>): Expr<S, number> {
    return this.#binary('*', other)
  }
  div(other: Operand<number>): Expr<S, number> {
    return this.#binary('/', other)
  }
  mod(other: Operand<number>): Expr<S, number> {
    return this.#binary('%', other)
  }
  pow(other: Operand<number>): Expr<S, number> {
    return this.#binary('**', other)
  }
  and<U>(other: Expr<U, boolean>): Expr<S & U, boolean> {
    return new Expr({ op: 'logical', operator: '&&', left: this.tree, right: other.tree })
  }
  or<U>(other: Expr<U, boolean>): Expr<S & U, boolean> {
    return new Expr({ op: 'logical', operator: '||', left: this.tree, right: other.tree })
  }
  not(): Expr<S, boolean> {
    return new Expr({ op: 'unary', operator: '!', of: this.tree })
  }
  /** True where there is no value. */
  isNa(): Expr<S, boolean> {
    return this.#binary('===', null)
  }
  notNa(): Expr<S, boolean> {
    return this.#binary('!==', null)
  }
  /** `other` where there is no value. */
  fillNa<U extends Comparable>(other: U): Expr<S, NonNullable<T> | U> {
    return new Expr({ op: 'logical', operator: '??', left: this.tree, right: { op: 'literal', value: other } })
  }
  between(low: Operand<Comparable>, high: Operand<Comparable>): Expr<S, boolean> {
    return this.ge(low).and(this.le(high))
  }
  isIn(values: Iterable<Comparable | null>): Expr<S, boolean> {
    return new Expr({
      op: 'method',
      of: { op: 'literal', value: new Set(values) },
      name: 'has',
      args: [this.tree],
      optional: false,
    })
  }
  startsWith(text: string): Expr<S, boolean> {
    return this.#method('startsWith', text)
  }
  endsWith(text: string): Expr<S, boolean> {
    return this.#method('endsWith', text)
  }
  contains(text: string | RegExp): Expr<S, boolean> {
    if (typeof text === 'string') return this.#method('includes', text)
    return new Expr({ op: 'method', of: { op: 'literal', value: text }, name: 'test', args: [this.tree], optional: false })
  }

  #binary<U>(operator: string, other: unknown): Expr<S, U> {
    return new Expr<S, U>({ op: 'binary', operator, left: this.tree, right: treeOfOperand(other) })
  }

  #method<U>(name: string, ...args: unknown[]): Expr<S, U> {
    return new Expr<S, U>({ op: 'method', of: this.tree, name, args: args.map(treeOfOperand), optional: false })
  }
}

function treeOfOperand(operand: unknown): Tree {
  return operand instanceof Expr ? (operand as Expr<never, unknown>).tree : { op: 'literal', value: operand }
}

/**
 * A column, for conditions and values that are put together at run time.
 *
 * @example flights.filter(col('delay').gt(60))
 */
export function col<const N extends string>(name: N): Expr<{ readonly [P in N]: unknown }, unknown> {
  return new Expr({ op: 'field', of: { op: 'parameter', index: 0 }, name, optional: false })
}

import type { HeldValue } from '../executor/index.js'
import { Expression } from './expression.js'
import type { LowerContext } from './lower.js'

/** Values that an executor holds: what a persisted collection consists of. */
export class Held extends Expression {
  readonly label: string
  readonly values: readonly HeldValue[]

  constructor(label: string, values: readonly HeldValue[]) {
    super([], undefined)
    this.label = label
    this.values = values
  }

  get size(): number {
    return this.values.length
  }

  identity(): undefined {
    return undefined
  }

  lower(context: LowerContext): number[] {
    return context.held(this.values)
  }

  withInputs(): this {
    return this
  }

  override describe(): string {
    return `held: ${this.values.length} × ${this.label} in ${this.values[0]?.executor.name ?? 'no executor'}`
  }
}

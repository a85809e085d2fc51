import { Expression } from '../expr/index.js'
import type { Annotations } from '../graph/index.js'

/** A partition of one of the inputs. */
export type Pick = readonly [input: number, partition: number]

/** Partitions of other expressions, in another order or selection. It has no tasks of its own. */
export class Rearranged extends Expression {
  readonly label: string
  readonly picks: readonly Pick[]

  constructor(label: string, inputs: readonly Expression[], picks: readonly Pick[], annotations?: Annotations) {
    super(inputs, annotations)
    this.label = label
    this.picks = picks
  }

  get size(): number {
    return this.picks.length
  }

  identity(): string {
    return this.picks.join(' ')
  }

  lower(_context: unknown, inputs: readonly ArrayLike<number>[]): number[] {
    return this.picks.map(([input, partition]) => inputs[input]![partition]!)
  }

  withInputs(inputs: readonly Expression[]): Rearranged {
    return new Rearranged(this.label, inputs, this.picks, this.annotations)
  }

  override describe(): string {
    return `${this.label}: ${this.size} of ${this.inputs.reduce((sum, e) => sum + e.size, 0)} partitions`
  }
}

/** All partitions of several expressions, one after the other. */
export function inOrder(label: string, inputs: readonly Expression[]): Rearranged {
  return new Rearranged(
    label,
    inputs,
    inputs.flatMap((e, i) => Array.from({ length: e.size }, (_, partition): Pick => [i, partition])),
  )
}

import { Expression, type LowerContext } from '../expr/index.js'
import type { Annotations } from '../graph/index.js'
import { sealShuffle } from './operations.js'
import { Partitionwise } from './partitionwise.js'
import type { UserFunction } from './steps.js'

/** What says which output partition an item goes to. */
export interface ShuffleOptions {
  readonly label: string
  readonly key: UserFunction
  readonly outputs: number
  /** of the user; undefined: by hash of the key */
  readonly partitioner: UserFunction | undefined
}

/** A bag, dealt out by key to the output partitions of a shuffle. Its one value says where they are: see shuffle/. */
export class Shuffled extends Expression {
  readonly label: string
  readonly size = 1
  readonly #outputs: number

  constructor(transfers: Partitionwise, label: string, outputs: number, annotations?: Annotations) {
    super([transfers], annotations)
    this.label = label
    this.#outputs = outputs
  }

  identity(): string {
    return String(this.#outputs)
  }

  lower(context: LowerContext, [transfers]: readonly ArrayLike<number>[]): number[] {
    return [context.layer({ run: sealShuffle as never, shared: this.#outputs, suffix: 'seal', shuffle: 'seal' }).task(transfers!)]
  }

  withInputs([transfers]: readonly Expression[]): Shuffled {
    return new Shuffled(transfers as Partitionwise, this.label, this.#outputs, this.annotations)
  }

  override describe(): string {
    return `${this.label}: ${this.inputs[0]!.size} to ${this.#outputs} partitions, all to all`
  }
}

import { Expression, type LowerContext } from '../expr/index.js'
import type { Annotations } from '../graph/index.js'
import { operation } from '../transfer/index.js'

/** A piece of a partition: number `piece` of `of` pieces of about equal length. */
export interface Piece {
  readonly partition: number
  readonly piece: number
  readonly of: number
}

/** Runs as a task: pieces of the inputs, put together. `own`: for each input which piece. */
export const putPieces = operation(
  import.meta.url,
  'putPieces',
  (inputs: readonly (readonly unknown[])[], own: readonly (readonly [piece: number, of: number])[]): unknown[] => {
    const result: unknown[] = []
    inputs.forEach((items, n) => {
      const [piece, of] = own[n]!
      const end = Math.floor((items.length * (piece + 1)) / of)
      for (let i = Math.floor((items.length * piece) / of); i < end; i++) result.push(items[i])
    })
    return result
  },
)

/** The items of a bag in the same order, in other partitions. */
export class Regrouped extends Expression {
  readonly label = 'repartition'
  readonly #groups: readonly (readonly Piece[])[]

  constructor(input: Expression, groups: readonly (readonly Piece[])[], annotations?: Annotations) {
    super([input], annotations)
    this.#groups = groups
  }

  get size(): number {
    return this.#groups.length
  }

  identity(): string {
    return JSON.stringify(this.#groups)
  }

  lower(context: LowerContext, [input]: readonly ArrayLike<number>[]): number[] {
    const layer = context.layer({ run: putPieces as never })
    return this.#groups.map((pieces) =>
      layer.task(
        pieces.map(({ partition }) => input![partition]!),
        pieces.map(({ piece, of }) => [piece, of]),
      ),
    )
  }

  withInputs([input]: readonly Expression[]): Regrouped {
    return new Regrouped(input!, this.#groups, this.annotations)
  }

  override describe(): string {
    return `repartition: ${this.inputs[0]!.size} to ${this.size} partitions`
  }
}

/** Makes `count` partitions of `from`: joins whole neighbours, or cuts partitions into as many pieces as are needed. */
export function evenly(from: number, count: number): Piece[][] {
  if (count <= from) {
    return Array.from({ length: count }, (_, i) => {
      const start = Math.floor((i * from) / count)
      const end = Math.floor(((i + 1) * from) / count)
      return Array.from({ length: end - start }, (_, n) => ({ partition: start + n, piece: 0, of: 1 }))
    })
  }
  return Array.from({ length: from }, (_, partition) => {
    const of = Math.floor(((partition + 1) * count) / from) - Math.floor((partition * count) / from)
    return Array.from({ length: of }, (_, piece) => [{ partition, piece, of }])
  }).flat()
}

/** Cuts partitions larger than `most` into pieces, and joins neighbours as long as they are not larger together. */
export function bySize(sizes: readonly number[], most: number): Piece[][] {
  const groups: Piece[][] = []
  let room = 0
  sizes.forEach((size, partition) => {
    const of = Math.max(1, Math.ceil(size / most))
    for (let piece = 0; piece < of; piece++) {
      if (size / of > room || groups.length === 0) {
        groups.push([])
        room = most
      }
      groups.at(-1)!.push({ partition, piece, of })
      room -= size / of
    }
  })
  return groups
}

import { InvariantError } from '../base/index.js'

/** Addresses and sizes are multiples of this: the line of a cache. */
export const ALIGNMENT = 64

/** Classes of sizes between a power of two and the next: what is rounded up wastes a sixteenth at most. */
const STEPS = 16

/** Nothing begins at 0, so that 0 is never the address of anything. */
export const FIRST_ADDRESS = ALIGNMENT

/** A piece of the range, in use (`references` > 0) or free. Blocks cover what was ever used without gaps. */
interface Piece {
  address: number
  size: number
  references: number
  /** its neighbours in memory */
  before: Piece | undefined
  after: Piece | undefined
  /** its neighbours in the list of free ones of its class */
  previous: Piece | undefined
  next: Piece | undefined
}

/**
 * Which parts of a range of addresses are in use: a two-level segregated fit (Masmano and others 2004). The block that
 * was freed last is used first, since its pages are warm; free neighbours are joined at once. It knows no memory.
 */
export class ArenaBlocks {
  readonly #limit: number
  readonly #used = new Map<number, Piece>()
  readonly #free: (Piece | undefined)[] = []
  #last: Piece | undefined
  #top: number
  #usedBytes = 0

  /**
   * @param limit where the range ends
   * @param first where it begins
   */
  constructor(limit: number, first = FIRST_ADDRESS) {
    this.#limit = limit
    this.#top = first
  }

  /** Where what was ever used ends. */
  get top(): number {
    return this.#top
  }

  get usedBytes(): number {
    return this.#usedBytes
  }

  get count(): number {
    return this.#used.size
  }

  /** The bytes of the largest block that can be had. */
  get largestFree(): number {
    const largest = this.#limit - this.#top + (this.#last?.references === 0 ? this.#last.size : 0)
    return Math.max(largest, this.#largest()?.size ?? 0)
  }

  /**
   * The address of a block of at least so many bytes, with one reference; undefined when there is none.
   *
   * @param mayReach asked before the range that was ever used becomes longer: whether it may reach to there
   * @param least so many bytes do as well, rather than that it becomes longer
   */
  take(bytes: number, mayReach: (top: number) => boolean, least = bytes): number | undefined {
    const size = roundedSize(bytes)
    const found = this.#find(size) ?? (least < bytes ? this.#largest(least) : undefined) ?? this.#extend(size, mayReach)
    if (!found) return undefined
    this.#unlist(found)
    found.references = 1
    if (found.size > size) this.#split(found, size)
    this.#used.set(found.address, found)
    this.#usedBytes += found.size
    return found.address
  }

  sizeOf(address: number): number {
    return this.#at(address).size
  }

  references(address: number): number {
    return this.#used.get(address)?.references ?? 0
  }

  retain(address: number): void {
    this.#at(address).references++
  }

  /** Whether the block is still in use. `free` is called with it when it is about to be free. */
  release(address: number, free: (address: number, size: number) => void): boolean {
    const piece = this.#at(address)
    if (piece.references > 1) {
      piece.references--
      return true
    }
    free(address, piece.size)
    this.#used.delete(address)
    this.#usedBytes -= piece.size
    piece.references = 0
    this.#list(this.#join(piece))
    return false
  }

  /**
   * Makes several blocks of one, which has one reference: so each has. What is left after the last is free.
   * Gives their addresses.
   */
  divide(address: number, sizes: readonly number[]): number[] {
    const piece = this.#at(address)
    const rounded = sizes.map((s) => Math.max(1, Math.ceil(s / ALIGNMENT)) * ALIGNMENT)
    const total = rounded.reduce((a, b) => a + b, 0)
    if (piece.references !== 1)
      throw new InvariantError(
        `the block at ${address} has ${piece.references} references: only one with a single reference can be divided`,
      )
    if (total > piece.size)
      throw new InvariantError(`the block at ${address} has ${piece.size} bytes: it cannot be divided into ${total}`)
    this.#used.delete(address)
    this.#usedBytes -= piece.size
    piece.references = 0
    let rest: Piece = piece
    const addresses: number[] = []
    for (const size of rounded) {
      rest.references = 1
      addresses.push(rest.address)
      this.#used.set(rest.address, rest)
      this.#usedBytes += size
      if (rest.size === size) return addresses
      rest = this.#cut(rest, size)
    }
    this.#list(this.#join(rest))
    return addresses
  }

  #at(address: number): Piece {
    const piece = this.#used.get(address)
    if (!piece) throw new InvariantError(`there is no block in use at ${address}: it was released once too often, or never taken`)
    return piece
  }

  #find(size: number): Piece | undefined {
    for (let c = classOf(size); c < this.#free.length; c++) {
      // All blocks of a class but the first that is looked at are large enough; of that one most are.
      for (let p = this.#free[c]; p; p = p.next) if (p.size >= size) return p
    }
    return undefined
  }

  /** The largest free piece, if it has so many bytes. */
  #largest(least = 0): Piece | undefined {
    let largest: Piece | undefined
    for (let p = this.#free.findLast((first) => first !== undefined); p; p = p.next)
      if (p.size >= Math.max(least, largest?.size ?? 0)) largest = p
    return largest
  }

  /** A block at the end of what was ever used, taken from what never was. */
  #extend(size: number, mayReach: (top: number) => boolean): Piece | undefined {
    const last = this.#last?.references === 0 ? this.#last : undefined
    const top = this.#top + size - (last?.size ?? 0)
    if (top > this.#limit || !mayReach(top)) return undefined
    const address = this.#top
    this.#top = top
    if (last) {
      this.#unlist(last)
      last.size = size
      this.#list(last)
      return last
    }
    const piece: Piece = {
      address,
      size,
      references: 0,
      before: this.#last,
      after: undefined,
      previous: undefined,
      next: undefined,
    }
    if (this.#last) this.#last.after = piece
    this.#last = piece
    this.#list(piece)
    return piece
  }

  #split(piece: Piece, size: number): void {
    this.#list(this.#join(this.#cut(piece, size)))
  }

  /** Leaves `size` bytes of a piece, and gives the rest of it as a piece of its own, in no list. */
  #cut(piece: Piece, size: number): Piece {
    const rest: Piece = {
      address: piece.address + size,
      size: piece.size - size,
      references: 0,
      before: piece,
      after: piece.after,
      previous: undefined,
      next: undefined,
    }
    if (piece.after) piece.after.before = rest
    else this.#last = rest
    piece.after = rest
    piece.size = size
    return rest
  }

  /** A free piece and the free ones beside it as one, in no list. */
  #join(piece: Piece): Piece {
    const { before, after } = piece
    if (after?.references === 0) {
      this.#unlist(after)
      this.#swallow(piece, after)
    }
    if (before?.references !== 0) return piece
    this.#unlist(before)
    this.#swallow(before, piece)
    return before
  }

  #swallow(piece: Piece, after: Piece): void {
    piece.size += after.size
    piece.after = after.after
    if (after.after) after.after.before = piece
    else this.#last = piece
  }

  #list(piece: Piece): void {
    const c = classOf(piece.size)
    while (this.#free.length <= c) this.#free.push(undefined)
    piece.previous = undefined
    piece.next = this.#free[c]
    if (piece.next) piece.next.previous = piece
    this.#free[c] = piece
  }

  #unlist(piece: Piece): void {
    if (piece.previous) piece.previous.next = piece.next
    else this.#free[classOf(piece.size)] = piece.next
    if (piece.next) piece.next.previous = piece.previous
    piece.previous = piece.next = undefined
  }
}

/** The next size up that a class begins with. */
export function roundedSize(bytes: number): number {
  const units = Math.max(1, Math.ceil(bytes / ALIGNMENT))
  const step = 2 ** Math.max(0, Math.floor(Math.log2(units)) - Math.log2(STEPS))
  return Math.ceil(units / step) * step * ALIGNMENT
}

function classOf(size: number): number {
  const units = size / ALIGNMENT
  const power = Math.floor(Math.log2(units))
  return power * STEPS + Math.floor((units / 2 ** power - 1) * STEPS)
}

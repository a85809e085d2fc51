/**
 * Lays tasks of one worker into rows such that, as far as possible, none overlap in one. A scheduler learns of the ends of
 * short tasks together; of each batch the last is laid first, and what has no room before it is moved back.
 */
export class LaneRows {
  /** by row, when the last task that was laid there ended */
  readonly #ends: Float64Array
  readonly #begins: Float64Array

  constructor(rows: number) {
    this.#ends = new Float64Array(rows).fill(-Infinity)
    this.#begins = new Float64Array(rows)
  }

  get rows(): number {
    return this.#ends.length
  }

  /** `start`, `end`: of one batch, in order; they are changed. `lane` gets the rows. */
  lay(start: Float64Array, end: Float64Array, lane: Uint16Array, count: number): void {
    const begins = this.#begins.fill(Infinity)
    const ends = this.#ends
    const rows = ends.length
    const latest = new Float64Array(rows).fill(-Infinity)
    for (let i = count - 1; i >= 0; i--) {
      let free = -1
      let last = 0
      for (let l = 0; l < rows; l++) {
        const fits = begins[l]! >= end[i]! && (begins[l] !== Infinity || ends[l]! <= start[i]!)
        if (fits && (free < 0 || begins[l]! < begins[free]!)) free = l
        if (begins[l]! > begins[last]! || (begins[l] === begins[last] && ends[l]! < ends[last]!)) last = l
      }
      const l = free < 0 ? last : free
      const moved = Math.min(0, begins[l]! - end[i]!)
      start[i]! += moved
      end[i]! += moved
      begins[l] = start[i]!
      lane[i] = l
      if (end[i]! > latest[l]!) latest[l] = end[i]!
    }
    for (let l = 0; l < rows; l++) if (latest[l]! > ends[l]!) ends[l] = latest[l]!
  }
}

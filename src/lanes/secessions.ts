import type { Batch } from './lane-protocol.js'

/** What is to be known of a lane. */
interface Member {
  readonly lane: { post(batch: Batch): void }
  readonly budget: { readonly isEmpty: boolean }
  readonly tasks: number
}

/**
 * Lanes whose tasks have seceded, to compute for long, do not count among those that compute: others are started instead.
 * When such a task rejoins, one of the others leaves: it gets no further tasks, and ends when it has none.
 */
export class Secessions<L extends Member> {
  readonly #lanes: Set<L>
  readonly #size: number
  readonly #end: (lane: L) => void
  /** by lane, the slots of its tasks that have seceded */
  readonly #seceded = new Map<L, Set<number>>()
  /** lanes that are to end when they have nothing to do */
  readonly #leaving = new Set<L>()
  #rejoining: { readonly lane: L; readonly slot: number }[] = []

  constructor(lanes: Set<L>, size: number, end: (lane: L) => void) {
    this.#lanes = lanes
    this.#size = size
    this.#end = end
  }

  /** Whether there is anything to see to. */
  get any(): boolean {
    return this.#seceded.size > 0 || this.#leaving.size > 0
  }

  /** How many lanes count. */
  get computing(): number {
    if (!this.any) return this.#lanes.size
    let count = 0
    for (const lane of this.#lanes) if (this.takesTasks(lane) || (this.#leaving.has(lane) && !lane.budget.isEmpty)) count++
    return count
  }

  /** Whether tasks may be given to it. */
  takesTasks(lane: L): boolean {
    return !this.#seceded.has(lane) && !this.#leaving.has(lane)
  }

  secede(lane: L, slot: number): void {
    const slots = this.#seceded.get(lane)
    if (slots) slots.add(slot)
    else this.#seceded.set(lane, new Set([slot]))
    this.#leaving.delete(lane)
  }

  /** The task wants to count again. */
  rejoin(lane: L, slot: number): void {
    this.#rejoining.push({ lane, slot })
  }

  /** A task has come to its end. */
  ended(lane: L, slot: number): void {
    this.#rejoining = this.#rejoining.filter((other) => other.lane !== lane || other.slot !== slot)
    this.#return(lane, slot)
  }

  /** A lane has died. */
  gone(lane: L): void {
    this.#seceded.delete(lane)
    this.#leaving.delete(lane)
    this.#rejoining = this.#rejoining.filter((other) => other.lane !== lane)
  }

  /** Lets in who rejoins when there is room, makes room when there is none, and ends lanes that are not needed any more. */
  settle(): void {
    for (let next = this.#rejoining[0]; next; next = this.#rejoining[0]) {
      if (this.computing >= this.#size && !this.#makeRoom()) break
      if (this.computing >= this.#size) continue
      this.#rejoining.shift()
      this.#return(next.lane, next.slot)
      next.lane.lane.post({ words: new Int32Array(0), values: [], rejoined: [next.slot] })
    }
    for (const lane of this.#leaving) {
      // There is room for it again.
      if (this.#rejoining.length === 0 && lane.budget.isEmpty && this.computing < this.#size) this.#leaving.delete(lane)
      if (lane.tasks > 0 || !this.#leaving.has(lane)) continue
      this.#leaving.delete(lane)
      this.#end(lane)
    }
  }

  /** Has one more lane leave, if there is one. False: those that leave are at work still. */
  #makeRoom(): boolean {
    let leaving = 0
    for (const lane of this.#leaving) if (!lane.budget.isEmpty) leaving++
    if (leaving >= this.#rejoining.length) return false
    let chosen: L | undefined
    for (const lane of this.#lanes) {
      if (!this.takesTasks(lane)) continue
      chosen = lane
      if (lane.budget.isEmpty) break
    }
    if (!chosen) return false
    this.#leaving.add(chosen)
    return true
  }

  /** A task counts again, or has ended. */
  #return(lane: L, slot: number): void {
    const slots = this.#seceded.get(lane)
    if (!slots?.delete(slot) || slots.size > 0) return
    const computing = this.computing
    this.#seceded.delete(lane)
    // Whoever took its place is as good.
    if (computing >= this.#size) this.#leaving.add(lane)
  }
}

/** Spans of time, in the order in which their ends became known. */
export interface Spans {
  readonly start: Float64Array
  readonly end: Float64Array
}

/**
 * Gives each of the spans [from, to) a lane, counted from `firstLane`, such that no two in one lane overlap; few lanes.
 * Gives the number of lanes.
 */
export function packLanes({ start, end }: Spans, members: readonly number[], lane: Int32Array, firstLane: number): number {
  const ends: number[] = []
  for (const i of [...members].sort((a, b) => start[a]! - start[b]!)) {
    let l = ends.findIndex((until) => until <= start[i]!)
    if (l < 0) l = ends.length
    ends[l] = end[i]!
    lane[i] = firstLane + l
  }
  return ends.length
}

/**
 * Gives each of the spans a lane, of exactly `count`, counted from `firstLane`. The ends of several spans of a lane come
 * together, so that all seem to end when the last did: from the latest to the earliest, each is moved back before what
 * follows it where no lane is free.
 */
export function layBackwards(
  { start, end }: Spans,
  members: readonly number[],
  lane: Int32Array,
  firstLane: number,
  count: number,
): void {
  /** by lane, where what was laid there begins */
  const begins = new Float64Array(count).fill(Infinity)
  for (let m = members.length - 1; m >= 0; m--) {
    const i = members[m]!
    let free = -1
    let last = 0
    for (let l = 0; l < count; l++) {
      if (begins[l]! >= end[i]! && (free < 0 || begins[l]! < begins[free]!)) free = l
      if (begins[l]! > begins[last]!) last = l
    }
    const l = free < 0 ? last : free
    const moved = Math.min(0, begins[l]! - end[i]!)
    start[i]! += moved
    end[i]! += moved
    begins[l] = start[i]!
    lane[i] = firstLane + l
  }
}

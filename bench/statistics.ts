/** The middle value; of an even number of values the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >>> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** The middle of some values, and between what the half of them lies that is in the middle. */
export interface Spread {
  readonly median: number
  readonly low: number
  readonly high: number
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (part: number): number => sorted[Math.round(part * (sorted.length - 1))]!
  return { median: median(values), low: at(0.25), high: at(0.75) }
}

/** The median of values, and between what that of all that could have been measured lies, 19 times of 20: by their order alone. */
export function medianInterval(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b)
  const n = sorted.length
  // Values below the median are as many as heads of so many coins.
  let chance = 0.5 ** n
  let below = 0
  let first = -1
  while (below + chance <= 0.025) {
    below += chance
    first++
    chance *= (n - first) / (first + 1)
  }
  const at = Math.max(0, first)
  return { median: median(values), low: sorted[at]!, high: sorted[n - 1 - at]! }
}

/**
 * The candidate that somebody who wrote `name` most likely meant, or undefined when none is near. Letter case, `_` and `-` do
 * not count; the right last part in the wrong group (`validate` for `scheduler.validate`) counts as one mistake.
 */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  const wanted = plain(name)
  let best: string | undefined
  let bestDistance = Math.max(2, Math.floor(wanted.length / 3)) + 1
  let bestWhole = 0
  for (const candidate of candidates) {
    const other = plain(candidate)
    const whole = editDistance(wanted, other)
    const distance = Math.min(whole, editDistance(lastPart(wanted), lastPart(other)) + 1)
    // Groups have settings of the same last part: of two that are as near, the one that is nearer as a whole is meant.
    if (distance < bestDistance || (distance === bestDistance && best !== undefined && whole < bestWhole)) {
      best = candidate
      bestWhole = whole
      bestDistance = distance
    }
  }
  return best
}

const plain = (name: string) => name.toLowerCase().replace(/[_-]/g, '')
const lastPart = (name: string) => name.slice(name.lastIndexOf('.') + 1)

/** How many letters to insert, remove, replace or swap with the next (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let before: number[] = []
  let above = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      row[j] = Math.min(above[j]! + 1, row[j - 1]! + 1, above[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1))
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) row[j] = Math.min(row[j]!, before[j - 2]! + 1)
    }
    before = above
    above = row
  }
  return above[b.length]!
}

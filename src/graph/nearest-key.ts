/** The key most like `wanted`, if one differs from it by few enough letters to be what was meant. */
export function nearestKey(wanted: string, keys: Iterable<string>): string | undefined {
  let nearest: string | undefined
  // Half of the letters or more is another word.
  let least = Math.max(2, wanted.length / 2)
  for (const key of keys) {
    if (Math.abs(key.length - wanted.length) >= least) continue
    const distance = editDistance(wanted.toLowerCase(), key.toLowerCase())
    if (distance < least) {
      nearest = key
      least = distance
    }
  }
  return nearest
}

/** How many letters must be added, removed or replaced to make `b` of `a` (Levenshtein), by Wagner and Fischer. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)))
    }
    row = next
  }
  return row[b.length]!
}

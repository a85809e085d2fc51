import { createHash } from 'node:crypto'

/** A digest of the counts of all words. */
export function digestOf(counts: Iterable<readonly [word: string, count: number]>): string {
  const hash = createHash('sha256')
  for (const [word, count] of [...counts].sort(([a], [b]) => (a < b ? -1 : 1))) hash.update(`${word} ${count}\n`)
  return hash.digest('hex')
}

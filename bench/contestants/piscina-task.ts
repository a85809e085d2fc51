/** What piscina's threads run: the export that `name` says. */
export function increment(x: number): number {
  return x + 1
}

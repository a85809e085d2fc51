/** What a program writes, without the words of srun while it waits for nodes, and those of a machine whose /tmp is in memory. */
export function ownWords(text: string): string {
  return text
    .replace(/^srun: job .*\n/gm, '')
    .replace(/^\(node:\d+\) HeddleWarning: .* is itself in memory, .*\n/gm, '')
    .replace(/^\(Use `node --trace-warnings .*\n/gm, '')
}

/** The tasks in ascending order of `keys[task]`, which lies in 0 … bound − 1; equals stay as they stand. */
export function sortedBy(keys: Int32Array, bound: number, tasks: Int32Array): Int32Array {
  const next = new Int32Array(bound + 1)
  for (let i = 0; i < tasks.length; i++) next[keys[tasks[i]!]! + 1]!++
  for (let k = 0; k < bound; k++) next[k + 1]! += next[k]!
  const sorted = new Int32Array(tasks.length)
  for (let i = 0; i < tasks.length; i++) sorted[next[keys[tasks[i]!]!]!++] = tasks[i]!
  return sorted
}

/** Who gets which output partition: in turn, each as often as it has threads. Gives the number of the owner, by partition. */
export function assignOwners(
  outputs: number,
  workers: readonly { readonly index: number; readonly threads: number }[],
): Int32Array {
  const turns: number[] = []
  const most = Math.max(0, ...workers.map(({ threads }) => threads))
  for (let turn = 0; turn < most; turn++) for (const { index, threads } of workers) if (turn < threads) turns.push(index)
  return Int32Array.from({ length: outputs }, (_, output) => turns[output % turns.length]!)
}

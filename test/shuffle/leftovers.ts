import assert from 'node:assert/strict'
import type { InProcessCluster } from '../cluster/in-process-cluster.js'

/** Nothing of any shuffle is left on the workers: no run, no memory, no file. What is told comes a moment later. */
export async function nothingLeft(cluster: InProcessCluster): Promise<void> {
  const left = (): object[] =>
    cluster.workers.map((worker) => worker.shuffles).filter(({ runs, bytes, files, open }) => runs + bytes + files + open > 0)
  const deadline = performance.now() + 10_000
  while (left().length > 0 && performance.now() < deadline) await new Promise((resolve) => setImmediate(resolve))
  assert.deepEqual(left(), [])
}

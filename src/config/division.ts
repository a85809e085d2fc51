/** Memory from which a worker process of its own is worth having: collecting garbage in a larger heap takes longer. */
const MEMORY_OF_ONE = 8 * 1024 ** 3
const CORES_OF_ONE = 8

/** How a machine is divided among worker processes. */
export interface Division {
  /** processes */
  readonly workers: number
  /** threads that run tasks, of each */
  readonly threads: number
}

/**
 * How many worker processes suit a machine, and how many threads each has: one for every 8 cores or 8 GiB, whichever gives
 * more, but no more than cores. What is given stays as it is.
 *
 * @example divide({ cores: 16, memory: 64 * 2 ** 30 }) // { workers: 8, threads: 2 }
 */
export function divide({
  cores,
  memory,
  workers,
  threads,
}: {
  readonly cores: number
  /** bytes */
  readonly memory: number
  readonly workers?: number | undefined
  readonly threads?: number | undefined
}): Division {
  const most = threads === undefined ? cores : Math.max(1, Math.floor(cores / threads))
  const suiting = Math.max(Math.ceil(cores / CORES_OF_ONE), Math.ceil(memory / MEMORY_OF_ONE), 1)
  const count = workers ?? Math.min(suiting, most)
  return { workers: count, threads: threads ?? Math.max(1, Math.floor(cores / Math.max(1, count))) }
}

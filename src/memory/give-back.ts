const givers = new Set<() => void>()

/**
 * To be called by who keeps memory of the system that nothing is in, for later: it is asked to give it back when the process
 * is short of memory. Gives what ends that.
 */
export function onShortage(giveBack: () => void): () => void {
  givers.add(giveBack)
  return () => void givers.delete(giveBack)
}

/** The process is short of memory: what is kept for later goes back to the system. */
export function giveBackUnused(): void {
  for (const giveBack of givers) giveBack()
}

const actions = new Set<() => void>()

const run = (): void => {
  for (const action of actions) action()
}

/**
 * Has something done when the program ends, without waiting. However many there are, the process has one listener for all: Node
 * warns of a leak when there are more than ten. Gives a function that forgets it.
 */
export function atExit(action: () => void): () => void {
  if (actions.size === 0) process.on('exit', run)
  actions.add(action)
  return () => {
    if (actions.delete(action) && actions.size === 0) process.off('exit', run)
  }
}

import { ArgumentError } from '../../base/index.js'
import type { ClusterState } from './state.js'
import type { WorkerLink } from './worker-link.js'

/** The workers of these names, hosts or addresses; all that run tasks unless told. Throws when there is none of one of them. */
export function workersNamed(state: ClusterState, names: readonly string[] | undefined): WorkerLink[] {
  const links = [...state.workers.values()]
  if (!names) return links.filter(({ info }) => !info.keeper)
  const found = new Set<WorkerLink>()
  for (const name of names) {
    const matching = links.filter(({ info }) => info.name === name || info.address === name || info.host === name)
    if (matching.length === 0) {
      throw new ArgumentError(`there is no worker ${name}; there are ${links.map((link) => link.info.name).join(', ') || 'none'}`)
    }
    for (const link of matching) found.add(link)
  }
  return [...found]
}

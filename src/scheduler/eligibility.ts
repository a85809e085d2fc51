import type { Layer } from '../graph/index.js'
import type { Core } from './core.js'
import { Requirement, requirementKey } from './requirements.js'
import type { WorkerState } from './worker-state.js'

/** The class of the tasks of a layer, or of those of them that need more memory; undefined when any worker will do. */
export function requirementOf(core: Core, layer: Layer, memoryAbove = 0): Requirement | undefined {
  const key = requirementKey(layer.annotations, memoryAbove)
  if (key === undefined) return undefined
  let r = core.requirements.get(key)
  if (!r) {
    r = new Requirement(key, layer.annotations ?? {}, memoryAbove)
    core.requirements.set(key, r)
    refreshEligible(core, r)
  }
  return r
}

/** Brings the workers that may run a class of tasks up to date, after one joined, or after anything happened. */
export function refreshEligible(core: Core, r: Requirement, joined?: WorkerState): void {
  let all = joined ? [joined] : core.workers
  let named = false
  if (r.allowOtherWorkers) {
    named = core.workers.some((w) => w !== undefined && r.names(w) && r.fits(w, true))
    all = core.workers
  }
  for (const w of all) {
    if (!w) continue
    const fits = r.fits(w, named)
    if (fits === r.eligible.has(w)) continue
    if (fits) {
      r.eligible.add(w)
      w.requirements.push(r)
      if (w.hasRoom && r.isFree(w)) r.room.add(w)
      core.makeHungry(w)
    } else {
      r.eligible.delete(w)
      r.room.delete(w)
      w.requirements.splice(w.requirements.indexOf(r), 1)
    }
  }
}

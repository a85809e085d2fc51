import type { Relation } from '../plan/relation.js'
import { foldConditions } from './fold-conditions.js'
import { mergeProjects } from './merge-projects.js'
import { pruneColumns } from './prune-columns.js'
import { pruneFiles } from './prune-files.js'
import { prunePartitions } from './prune-partitions.js'
import { pushFilters } from './push-filters.js'
import { pushLimits } from './push-limits.js'
import { shareSubplans } from './share-subplans.js'

/** A named rewriting of a plan, which must not change what it means. */
export interface Rule {
  readonly name: string
  apply(plan: Relation): Relation
}

/** What is done to a plan, in this order. */
export const rules: readonly Rule[] = [
  { name: 'fold conditions', apply: foldConditions },
  { name: 'push filters down', apply: pushFilters },
  { name: 'prune partitions', apply: prunePartitions },
  { name: 'push limits down', apply: pushLimits },
  { name: 'prune files', apply: pruneFiles },
  { name: 'prune columns', apply: pruneColumns },
  { name: 'merge projections', apply: mergeProjects },
  { name: 'share sub-plans', apply: shareSubplans },
]

export function optimised(plan: Relation): Relation {
  return rules.reduce((current, rule) => rule.apply(current), plan)
}

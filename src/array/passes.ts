import type { Pass } from '../expr/index.js'
import { fuseChains } from './fusing.js'
import { pushSelections } from './pushing.js'
import { shareReductions } from './sharing.js'

/** How expressions of arrays are rewritten before they are computed, in this order. */
export const arrayPasses: readonly Pass[] = [pushSelections, shareReductions, fuseChains]

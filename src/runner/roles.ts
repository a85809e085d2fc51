import { ArgumentError } from '../base/index.js'
import { WorldTooSmall } from './errors.js'
import type { World } from './world.js'

/** Who does what. */
export interface RoleOptions {
  /** false: there is a scheduler already, whose workers all ranks become; `withClient: false` goes with it */
  readonly withScheduler?: boolean
  /** the rank that schedules; 0 unless told */
  readonly schedulerRank?: number
  /** false: no rank goes on with the program; whoever has the scheduler file uses the cluster */
  readonly withClient?: boolean
  /** the rank that goes on with the program; 1 unless told, 0 where that one schedules */
  readonly clientRank?: number
  /** false: the ranks of the scheduler and of the program have a worker too, in a process of its own; true unless told */
  readonly exclusiveWorkers?: boolean
}

/** What a rank is. */
export interface Roles {
  readonly scheduler: boolean
  readonly client: boolean
  readonly worker: boolean
  /** how many ranks have a worker */
  readonly workers: number
}

/**
 * What this rank is.
 *
 * @throws WorldTooSmall on every rank, when there would be no scheduler, no client or no worker
 */
export function rolesIn(world: World, options: RoleOptions, who: string): Roles {
  const { withScheduler = true, withClient = true, exclusiveWorkers = true } = options
  if (withClient && !withScheduler) {
    throw new ArgumentError(
      `${who}: without a scheduler of its own (withScheduler: false) no rank is a client: say withClient: false`,
    )
  }
  const schedulerRank = withScheduler ? rankOf('schedulerRank', options.schedulerRank ?? 0) : -1
  const clientRank = withClient ? rankOf('clientRank', options.clientRank ?? (schedulerRank === 1 ? 0 : 1)) : -1
  if (withScheduler && schedulerRank === clientRank) {
    throw new ArgumentError(`${who}: schedulerRank and clientRank are both ${clientRank}: the program would stall the scheduler`)
  }
  const others = Number(withScheduler) + Number(withClient)
  const least = Math.max(schedulerRank + 1, clientRank + 1, exclusiveWorkers ? others + 1 : 1)
  if (world.size < least) {
    const parts = [
      ...(withScheduler ? ['one for the scheduler'] : []),
      ...(withClient ? ['one for the program'] : []),
      ...(exclusiveWorkers ? ['at least one for a worker'] : []),
    ]
    throw new WorldTooSmall(
      `${who}: the world is too small: ${world.size} of at least ${least} ranks (${parts.join(', ')}). Start more of them, with -n`,
    )
  }
  const scheduler = world.rank === schedulerRank
  const client = world.rank === clientRank
  return {
    scheduler,
    client,
    worker: !exclusiveWorkers || !(scheduler || client),
    workers: world.size - (exclusiveWorkers ? others : 0),
  }
}

function rankOf(name: string, rank: number): number {
  if (Number.isInteger(rank) && rank >= 0) return rank
  throw new ArgumentError(`${name}: ${rank} is no rank: it must be a whole number, at least 0`)
}

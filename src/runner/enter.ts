import { ArgumentError, parseDuration } from '../base/index.js'
import { type Lifeline, openLifeline } from './lifeline.js'
import { type Roles, rolesIn } from './roles.js'
import { type RankScheduler, runScheduler } from './run-scheduler.js'
import { type RankWorker, runWorker } from './run-worker.js'
import type { RunnerOptions } from './runner-options.js'
import { type Found, awaitScheduler, schedulerFileOf } from './scheduler-file.js'
import type { World } from './world.js'

const JOIN_TIMEOUT = '60 s'
/** Milliseconds that a rank may take to end in order when it is told to by a signal. */
const CLOSING = 5000

/** What the rank of the program has. */
export interface ClientRank {
  readonly found: Found
  readonly file: string
  readonly lifeline: Lifeline
  readonly worker: RankWorker | undefined
  /** the names of the workers that the ranks have */
  readonly names: readonly string[]
  /** milliseconds */
  readonly joinTimeout: number
}

/**
 * Has this process be what its rank is. It resolves with what the program needs on its rank, and on others with undefined,
 * when the cluster has ended.
 *
 * @param who for messages: 'SlurmRunner'
 */
export async function enter(world: World, options: RunnerOptions, who: string): Promise<ClientRank | undefined> {
  const roles = rolesIn(world, options, who)
  const joinTimeout = parseDuration(options.joinTimeout ?? JOIN_TIMEOUT)
  if (options.withScheduler === false && options.schedulerFile === undefined) {
    throw new ArgumentError(`${who}: which scheduler is there already? Give its schedulerFile`)
  }
  const file = schedulerFileOf(options.schedulerFile, world, who)
  const { hooks = {}, scheduler: place = {} } = options
  const rank = new Rank()
  try {
    if (roles.scheduler) {
      const owned = options.withClient !== false
      rank.scheduler = await runScheduler({ file, place, hooks, owned, joinTimeout })
    }
    const found = roles.client || roles.worker ? await awaitScheduler(file, joinTimeout) : undefined
    if (roles.worker) {
      const shared = roles.scheduler || roles.client
      const name = workerName(options, world.rank)
      rank.worker = await runWorker({ name, world, found: found!, options: options.worker ?? {}, hooks, shared })
    }
    if (roles.client) {
      const lifeline = await openLifeline(found!)
      await hooks.beforeClient?.()
      const names = namesOf(options, world, roles)
      return { found: found!, file, lifeline, worker: rank.worker, names, joinTimeout }
    }
    await rank.untilEnded()
    return undefined
  } catch (error) {
    await rank.end()
    throw error
  }
}

/** What a rank runs that is not the program. */
class Rank {
  scheduler: RankScheduler | undefined
  worker: RankWorker | undefined

  /** Resolves when all of it has ended as it was asked to. */
  async untilEnded(): Promise<void> {
    let signalled = false
    const onSignal = (signal: NodeJS.Signals): void => {
      signalled = true
      const code = signal === 'SIGINT' ? 130 : 143
      setTimeout(() => process.exit(code), CLOSING)
      void this.end().finally(() => process.exit(code))
    }
    process.once('SIGTERM', onSignal)
    process.once('SIGINT', onSignal)
    try {
      await Promise.all([this.scheduler?.ended, this.worker?.ended])
    } catch (error) {
      if (!signalled) throw error
    }
    process.off('SIGTERM', onSignal)
    process.off('SIGINT', onSignal)
    // The signal says how the process ends, whatever else happens meanwhile.
    if (signalled) await new Promise(() => undefined)
  }

  async end(): Promise<void> {
    const left = [this.scheduler?.ended, this.worker?.ended].filter((one) => one !== undefined)
    this.worker?.kill()
    await this.scheduler?.close()
    // What is wrong with it has been said.
    await Promise.allSettled(left)
  }
}

function namesOf(options: RunnerOptions, world: World, { workers }: Roles): readonly string[] {
  const names: string[] = []
  for (let rank = 0; rank < world.size; rank++) {
    if (rolesIn({ ...world, rank }, options, '').worker) names.push(workerName(options, rank))
  }
  return names.slice(0, workers)
}

function workerName({ workerName: prefix }: RunnerOptions, rank: number): string {
  return prefix === undefined ? String(rank) : `${prefix}-${rank}`
}

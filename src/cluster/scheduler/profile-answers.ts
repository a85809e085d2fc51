import { ArgumentError } from '../../base/index.js'
import type { Answers } from '../../protocol/index.js'
import type { WorkerProfile } from '../worker/worker-profiler.js'
import type { ClientLink } from './client-link.js'
import type { ClusterState } from './state.js'
import { workersNamed } from './worker-choice.js'
import type { WorkerLink } from './worker-link.js'

interface ProfileWish {
  readonly interval: number
  readonly workers: readonly string[] | undefined
  /** the scheduler's own thread too */
  readonly scheduler?: boolean | undefined
}

/** Profiles that are being made, and for whom. */
export class Profiles {
  readonly #state: ClusterState
  readonly #underWay = new Map<
    number,
    { readonly client: ClientLink; readonly links: readonly WorkerLink[]; readonly scheduler: boolean }
  >()
  #last = 0

  constructor(state: ClusterState) {
    this.#state = state
  }

  answers(client: ClientLink): Answers {
    return {
      /** `interval`: microseconds between two samples. Gives the number of the profile. */
      startProfile: async ({ interval, workers, scheduler = false }: ProfileWish) => {
        await this.#stopThoseGone()
        const links = workersNamed(this.#state, workers)
        const outcomes = await Promise.allSettled(links.map((link) => link.control.ask('startProfile', { interval })))
        const started = links.filter((_, i) => outcomes[i]!.status === 'fulfilled')
        const failed = outcomes.findIndex((outcome, i) => outcome.status === 'rejected' && this.#isThere(links[i]!))
        if (failed >= 0) {
          await Promise.all(started.map((link) => this.#stop(link)))
          throw new ArgumentError(`${links[failed]!.info.name}: ${(outcomes[failed] as PromiseRejectedResult).reason}`)
        }
        if (scheduler) {
          try {
            await (await import('../worker/lane-profiler.js')).startProfiling({ interval })
          } catch (error) {
            await Promise.all(started.map((link) => this.#stop(link)))
            throw error
          }
        }
        const id = ++this.#last
        this.#underWay.set(id, { client, links: started, scheduler })
        return id
      },

      /** What each of the workers that are still there did. */
      stopProfile: async (id: number): Promise<(WorkerProfile & { readonly worker: string })[]> => {
        const profile = this.#underWay.get(id)
        if (!profile) throw new ArgumentError('that profile has been stopped already')
        this.#underWay.delete(id)
        const made = await Promise.all(
          profile.links.map(async (link) => {
            const own = await this.#stop(link)
            return own ? [{ worker: link.info.name, ...own }] : []
          }),
        )
        return [...made.flat(), ...(profile.scheduler ? await ownProfile() : [])]
      },

      /** What workers have noted all the time. */
      pastProfile: async ({ workers }: { workers: readonly string[] | undefined }) => {
        const links = workersNamed(this.#state, workers)
        const made = await Promise.all(
          links.map(async (link) => {
            try {
              const own = (await link.control.ask('pastProfile')) as WorkerProfile
              return [{ worker: link.info.name, ...own }]
            } catch (error) {
              if (this.#isThere(link)) throw error
              return []
            }
          }),
        )
        return made.flat()
      },
    }
  }

  async #stop(link: WorkerLink): Promise<WorkerProfile | undefined> {
    try {
      return (await link.control.ask('stopProfile')) as WorkerProfile
    } catch (error) {
      if (this.#isThere(link)) throw error
      return undefined
    }
  }

  #isThere(link: WorkerLink): boolean {
    return this.#state.workers.get(link.index) === link
  }

  async #stopThoseGone(): Promise<void> {
    for (const [id, { client, links, scheduler }] of this.#underWay) {
      if (this.#state.clients.get(client.index) === client) continue
      this.#underWay.delete(id)
      await Promise.all(links.map((link) => this.#stop(link)))
      if (scheduler) await ownProfile()
    }
  }
}

/** What the thread of the scheduler did. */
async function ownProfile(): Promise<(WorkerProfile & { readonly worker: string })[]> {
  const tree = await (await import('../worker/lane-profiler.js')).stopProfiling()
  return tree ? [{ worker: 'scheduler', threads: 1, tree }] : []
}

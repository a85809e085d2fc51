import type { Answers, ExpectedWorkers, JobNote } from '../../protocol/index.js'
import type { DeathNotes } from './death-notes.js'
import type { ClusterState } from './state.js'

/** What there is of a job, as its cluster said last. */
export interface KnownJob extends JobNote {
  /** what the cluster is called */
  readonly cluster: string
}

/**
 * Those who start workers: of each, the workers that may come and the jobs that there are. There may be several, for one
 * scheduler can have workers of many clusters; what one has said is forgotten when its connection is gone.
 */
export class Providers {
  readonly #state: ClusterState
  readonly #deathNotes: DeathNotes
  readonly #expected = new Map<object, readonly ExpectedWorkers[]>()

  constructor(state: ClusterState, deathNotes: DeathNotes) {
    this.#state = state
    this.#deathNotes = deathNotes
  }

  /** whether some of the workers are jobs, whose end is known by who has submitted them */
  get haveJobs(): boolean {
    return [...this.#state.jobs.values()].some((jobs) => jobs.length > 0)
  }

  answers(provider: object): Answers {
    return {
      /** what workers have that may come; memory in bytes */
      expectWorkers: ({ workers }: { workers: readonly ExpectedWorkers[] }) => {
        this.#expected.set(provider, workers)
        this.#expect()
      },

      /** how its jobs are doing */
      jobs: ({ cluster, jobs }: { cluster: string; jobs: readonly JobNote[] }) =>
        void this.#state.jobs.set(
          provider,
          jobs.map((job) => ({ ...job, cluster })),
        ),

      /** why the workers of a job are gone, all at once: nobody was left there to say so */
      jobEnded: ({ workers, reason, outOfMemory }: { workers: readonly string[]; reason: string; outOfMemory: boolean }) => {
        for (const name of workers) this.#deathNotes.takeFromAfar(name, { reason, outOfMemory })
      },
    }
  }

  /** Its connection is gone. */
  forget(provider: object): void {
    this.#state.jobs.delete(provider)
    if (this.#expected.delete(provider)) this.#expect()
  }

  #expect(): void {
    this.#state.machine.expectWorkers([...this.#expected.values()].flat())
    this.#state.schedule()
  }
}

import type { Clock } from '../../base/index.js'
import type { EventLog } from '../../events/index.js'
import { AccountingFold } from '../../model/index.js'
import type { ControlChannel } from '../../protocol/index.js'
import type { Scheduler } from '../../scheduler/index.js'
import type { ClientLink } from './client-link.js'
import type { HeldGraph } from './held-graph.js'
import type { Upload } from '../upload.js'
import { FailureNotes } from './failure-notes.js'
import { Peers } from './peers.js'
import type { ClusterPlugins } from './plugin-answers.js'
import type { KnownJob } from './providers.js'
import { Shuffles } from './shuffles.js'
import type { WorkerLink } from './worker-link.js'

/** Who is told of clients that come and go. */
export interface ClientWatcher {
  /** its connection is gone; it may be back */
  gone(client: ClientLink): void
  back(client: ClientLink): void
  /** it is gone for good */
  dropped(client: ClientLink): void
  /** the scheduler ends */
  close(): void
}

/** What the parts of a scheduler process share: the machine, and those who are connected. */
export class ClusterState {
  readonly id: string
  readonly clock: Clock
  readonly machine: Scheduler
  readonly log: EventLog
  /** what everything cost */
  readonly accounting = new AccountingFold()
  /** by number of the machine */
  readonly graphs = new Map<number, HeldGraph>()
  readonly workers = new Map<number, WorkerLink>()
  readonly clients = new Map<number, ClientLink>()
  readonly peers = new Peers()
  readonly clientWatchers = new Set<ClientWatcher>()
  readonly shuffles = new Shuffles(this)
  /** what clients have uploaded, by name */
  readonly files = new Map<string, Upload>()
  /** the workers that have these files, and get those that come */
  readonly fileReceivers = new Set<ControlChannel>()
  /** the first tasks that failed in each way */
  readonly failures = new FailureNotes()
  /** the jobs that workers are, by who starts them */
  readonly jobs = new Map<object, readonly KnownJob[]>()
  /** where the page is that shows what goes on; undefined: nowhere */
  dashboard: string | undefined
  /** what clients have registered */
  plugins!: ClusterPlugins
  /** links that have records to send at the end of the tick */
  readonly #touched = new Set<WorkerLink | ClientLink>()
  #scheduled = false
  readonly #step: () => void

  /** `step` is called at the end of every tick in which something happened. */
  constructor(id: string, clock: Clock, machine: Scheduler, log: EventLog, step: () => void) {
    this.id = id
    this.clock = clock
    this.machine = machine
    this.log = log
    log.listen(this.accounting.listener)
    this.#step = step
  }

  /** There is something for this one to be sent at the end of the tick. */
  touch(link: WorkerLink | ClientLink): void {
    this.#touched.add(link)
  }

  /** Something has happened: the machine's instructions are carried out at the end of the tick. */
  schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    // After all that has come in by now, so that it is dealt with together.
    setImmediate(() => {
      this.#scheduled = false
      this.#step()
    })
  }

  flush(): void {
    for (const link of this.#touched) link.flush()
    this.#touched.clear()
  }
}

import type { Requirement } from './requirements.js'
import type { Retirement } from './retirement.js'
import { SentList } from './sent-list.js'
import { TaskQueue } from './task-queue.js'

/** What a worker says of itself when it joins. */
export interface WorkerSpec {
  readonly name: string
  readonly host: string
  /** how many tasks it runs at once */
  readonly threads: number
  /** what it has of each named resource: `{ gpu: 2 }` */
  readonly resources?: Readonly<Record<string, number>>
  /** what else its joining is recorded with */
  readonly job?: string | undefined
  readonly pool?: string | undefined
  /** it runs nothing: it takes what workers hold that leave when there is nobody else, and leaves when there is */
  readonly keeper?: boolean | undefined
  /** bytes that it may take; no limit unless told */
  readonly memory?: number | undefined
}

/** A worker, as the scheduler sees it. */
export class WorkerState {
  readonly index: number
  readonly name: string
  readonly host: string
  readonly threads: number
  /** bytes; Infinity: no limit */
  readonly memory: number
  readonly keeper: boolean
  /** how many tasks it may have whatever is known of them: one more than it has threads, for every ten */
  readonly leastAhead: number
  readonly resources: ReadonlyMap<string, number>
  /** what is left of its resources */
  readonly free: Map<string, number>
  /** ready tasks that are meant for it but not sent */
  readonly ready = new TaskQueue()
  /** the classes of tasks that it may run beside those that everybody may */
  readonly requirements: Requirement[] = []
  /** tasks sent that hold a slot */
  inflight = 0
  /** tasks sent that wait for a promise */
  suspended = 0
  /** expected seconds of work of the tasks that hold a slot */
  occupancy = 0
  /** expected seconds of work of the tasks in `ready` */
  queued = 0
  /** it runs a task that was running when a worker died, alone, so that the next death tells whether it is the cause */
  exclusive = false
  readonly sent = new SentList()
  /** it is short of memory: it is to be given nothing new while there are others */
  paused = false
  /** it gets one task at a time although it is short of memory, as there is nobody else: it is `Core.lastResort` */
  isLastResort = false
  /** it does not answer: it is to be given nothing new */
  silent = false
  /** it is to be given nothing new: it is about to leave */
  retirement: Retirement | undefined
  /** steals under way that are for it */
  expected = 0
  /** steals under way that it was asked for */
  asked = 0
  /** values that others are getting from it because they were told to */
  outgoing = 0
  /** its place in `Core.laden`, -1: it is not there */
  ladenAt = -1
  /** it has a thread to spare; it is in `Core.spare` */
  isSpare = false
  /** it may take another task now; it is in `Core.room` */
  hasRoom = false
  /** it has nothing to do; it is in `Core.idle` */
  isIdle = false
  /** it is in the list of workers to feed */
  hungry = false
  /** it is in the list of workers that a suspect keeps from being fed */
  blocked = false

  /** It is given nothing new. */
  get closed(): boolean {
    return this.keeper || !this.stays || (this.paused && !this.isLastResort)
  }

  /** Values may be moved there. */
  get takesValues(): boolean {
    return !this.paused && this.stays
  }

  /** It is there, and is not about to leave. */
  get stays(): boolean {
    return !this.silent && this.retirement === undefined
  }

  constructor(index: number, spec: WorkerSpec) {
    this.index = index
    this.name = spec.name
    this.host = spec.host
    this.threads = spec.threads
    this.memory = spec.memory ?? Infinity
    this.keeper = spec.keeper ?? false
    this.leastAhead = spec.threads + Math.ceil(spec.threads / 10)
    this.resources = new Map(Object.entries(spec.resources ?? {}))
    this.free = new Map(this.resources)
  }
}

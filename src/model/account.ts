/** What a group of tasks (those of one name, in one span, of one client) cost. Times are in seconds. */
export interface GroupAccount {
  /** what people know the tasks by */
  readonly label: string
  /** the spans that they belong to, the outermost first; of tasks in none, their phase: the name of what they were computed for */
  readonly span: readonly string[]
  /** whether `span` is a phase */
  readonly isPhase: boolean
  /** the number of the client that submitted them; 0: there are no clients */
  readonly client: number
  /** tasks that were submitted, that have a result, that failed or had to because another did */
  tasks: number
  done: number
  erred: number
  /** how often one was run again: because it threw, or because its worker was lost */
  retried: number
  interrupted: number
  /** of threads: running tasks; of that, decoding their inputs, and encoding their results */
  running: number
  decoding: number
  encoding: number
  /** of tasks, summed: from when a task could run until it did; of that, until its inputs had come from other workers */
  queued: number
  awaiting: number
  /** the longest task */
  longest: number
  /** bytes of all results, of those that are held now, and of those that were held at most */
  stored: number
  held: number
  peak: number
  /** bytes of inputs that came from other workers */
  received: number
  /** of the tasks on critical paths: how many, and the seconds that they ran */
  criticalTasks: number
  criticalSeconds: number
  /** when its first task began, and its last ended, as the log's clock counts; NaN: none has */
  began: number
  ended: number
}

/** What is known of a span, or phase, as a whole. Times are in seconds. */
export interface SpanShare {
  readonly span: readonly string[]
  readonly isPhase: boolean
  readonly client: number
  /** bytes of results that were held at most at one time, those of spans in it too */
  readonly peak: number
  /**
   * Of all threads, as long as computations with tasks of it were under way; when there were several such spans, each has an
   * equal part. Spans in it have theirs.
   */
  readonly reserved: number
  /** of the same threads: for how long they had nothing to do, and why, as far as workers say */
  readonly idleForInputs: number
  readonly idleForDisk: number
  readonly idleForMemory: number
}

/** What a span, or phase, cost, with the spans in it. */
export interface SpanAccount extends GroupAccount {
  /** of the threads that it had: not computing, encoding or decoding; the reasons are parts of it. See `SpanShare` */
  reserved: number
  idle: number
  idleForInputs: number
  idleForDisk: number
  idleForMemory: number
}

/** What a worker had and did. Times are in seconds. */
export interface WorkerAccount {
  readonly worker: number
  readonly name: string
  readonly host: string
  readonly threads: number
  readonly job: string | undefined
  readonly pool: string | undefined
  /** as the log's clock counts; NaN: it is there */
  readonly joined: number
  left: number
  /** why it was lost; undefined: it is there, or has left as planned */
  lost: string | undefined
  /** threads running tasks */
  busy: number
  /** threads that had nothing to do while inputs were on their way, or on disk, or no task might start for want of memory */
  idleForInputs: number
  idleForDisk: number
  idleForMemory: number
  /** bytes that went to disk and came back, and the time that took */
  spilled: number
  spilling: number
  restored: number
  restoring: number
  /** bytes of inputs that it sent to others, and got from them */
  sent: number
  received: number
  /** bytes that its process took at most */
  peakMemory: number
}

/** Which tasks the time of a graph went to: the chain of tasks each of which waited for the one before. */
export interface PathAccount {
  /** graphs that have come to their end */
  graphs: number
  /** from the submission of each to its last result, summed; of that, in which tasks of the path ran */
  elapsed: number
  running: number
  tasks: number
}

export function groupAccount(label: string, span: readonly string[], isPhase: boolean, client: number): GroupAccount {
  return {
    label,
    span,
    isPhase,
    client,
    tasks: 0,
    done: 0,
    erred: 0,
    retried: 0,
    interrupted: 0,
    running: 0,
    decoding: 0,
    encoding: 0,
    queued: 0,
    awaiting: 0,
    longest: 0,
    stored: 0,
    held: 0,
    peak: 0,
    received: 0,
    criticalTasks: 0,
    criticalSeconds: 0,
    began: Number.NaN,
    ended: Number.NaN,
  }
}

/** Adds what one group cost to what others did; what each held at most at different times is the least that all did. */
export function addAccount(to: GroupAccount, of: GroupAccount): void {
  to.tasks += of.tasks
  to.done += of.done
  to.erred += of.erred
  to.retried += of.retried
  to.interrupted += of.interrupted
  to.running += of.running
  to.decoding += of.decoding
  to.encoding += of.encoding
  to.queued += of.queued
  to.awaiting += of.awaiting
  to.longest = Math.max(to.longest, of.longest)
  to.stored += of.stored
  to.held += of.held
  to.peak = Math.max(to.peak, of.peak, to.held)
  to.received += of.received
  to.criticalTasks += of.criticalTasks
  to.criticalSeconds += of.criticalSeconds
  if (!(to.began <= of.began)) to.began = Number.isNaN(of.began) ? to.began : of.began
  if (!(to.ended >= of.ended)) to.ended = Number.isNaN(of.ended) ? to.ended : of.ended
}

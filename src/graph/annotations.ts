/** What a user says about how tasks are to be run. Carried by a layer, obeyed by the scheduler. */
export interface Annotations {
  /** tasks of a higher priority go first; 0 unless told */
  readonly priority?: number
  /** how often a task that throws is run again before its error counts */
  readonly retries?: number
  /** what a worker must have free to run the task, in the units the worker declares: `{ gpu: 1 }` */
  readonly resources?: Readonly<Record<string, number>>
  /** names or hosts of the workers that may run the task */
  readonly workers?: readonly string[]
  /** with `workers`: prefer them, but take any other when none of them is there */
  readonly allowOtherWorkers?: boolean
  /** the value stands for something that lives on the worker that made it: it is not moved, and not made again when it is lost */
  readonly actor?: boolean
  /** anything else travels with the task and shows in events */
  readonly [other: string]: unknown
}

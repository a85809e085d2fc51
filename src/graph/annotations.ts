/** What a user says about how tasks are to be run. Carried by a layer, obeyed by the scheduler. */
export interface Annotations {
  /** tasks of a higher priority go first; 0 unless told */
  readonly priority?: number
  /** how often a task that throws is run again before its error counts */
  readonly retries?: number
  /** what a worker must have free to run the task, in the units the worker declares: `{ gpu: 1 }` */
  readonly resources?: Readonly<Record<string, number>>
  /** the pool of a cluster of jobs whose workers run the task */
  readonly pool?: string
  /** names or hosts of the workers that may run the task */
  readonly workers?: readonly string[]
  /** with `workers`: prefer them, but take any other when none of them is there */
  readonly allowOtherWorkers?: boolean
  /** the spans that the task belongs to, the outermost first: see `span` */
  readonly span?: readonly string[]
  /** the value stands for something that lives on the worker that made it: it is not moved, and not made again when it is lost */
  readonly actor?: boolean
  /** anything else travels with the task and shows in events */
  readonly [other: string]: unknown
}

/** By layer the spans that its tasks belong to, for events; nothing where no layer belongs to any. */
export function spansOf(layers: readonly { readonly annotations: Annotations | undefined }[]): {
  readonly spans?: readonly (readonly string[])[]
} {
  if (!layers.some(({ annotations }) => annotations?.span)) return {}
  return { spans: layers.map(({ annotations }) => annotations?.span ?? []) }
}

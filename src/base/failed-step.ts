/** The step of a task at which it failed. */
export interface FailedStep {
  /** its place among the steps of a fused task, 0 being the first */
  readonly number: number
  readonly label: string
  /** the user's function, where there is one and it is in this thread */
  readonly source: Function | undefined
}

const failures = new WeakMap<object, FailedStep>()
/** What a task said of its own parts. Apart, so that an error thrown a second time by another step is not taken for it. */
const partFailures = new WeakMap<object, FailedStep>()

/** Says which step of a task threw this error, if one did in this thread. */
export function failedStep(thrown: unknown): FailedStep | undefined {
  if (typeof thrown !== 'object' || thrown === null) return undefined
  return failures.get(thrown) ?? partFailures.get(thrown)
}

/** Lets `failedStep` say of an error at which step of a fused task it was thrown. */
export function rememberFailedStep(error: object, step: FailedStep): void {
  failures.set(error, step)
}

/** The same for tasks that consist of parts without being fused. */
export function rememberFailedPart(error: object, part: FailedStep): void {
  partFailures.set(error, part)
}

/** The part of a task that threw this error, if the task said so. */
export function failedPart(error: object): FailedStep | undefined {
  return partFailures.get(error)
}

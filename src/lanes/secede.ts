/** What a task can ask of the thread or process that it runs in. */
export interface LaneHere {
  secede(): void
  rejoin(): Promise<void>
}

let here: LaneHere | undefined

/** This thread or process runs tasks. */
export function thisIsALane(lane: LaneHere): void {
  here = lane
}

/** Whether this thread or process runs tasks for another. */
export function isLane(): boolean {
  return here !== undefined
}

/**
 * In a task, before it awaits anything: it is going to compute for long. The worker (or the executor `threads`) starts a
 * further thread for as long as the task lasts, so that it runs as many other tasks at once as before: also those that
 * this one waits for. Tasks that were handed to this thread already run after it.
 *
 * A task that awaits something needs none of this: it occupies no thread meanwhile. Where tasks run in the program itself
 * (`inline`), nothing happens.
 *
 * @throws ArgumentError when the task has awaited something before
 * @example
 * client.submit(() => { secede(); return simulate(1e9) })
 */
export function secede(): void {
  here?.secede()
}

/**
 * In a task that has seceded: waits until the worker has a thread less that computes, and belongs to its threads again from
 * then on. When several tasks of a thread have seceded it is the last of them that comes back. The end of a task needs no
 * `rejoin`.
 *
 * @throws ArgumentError when none has seceded
 * @example
 * client.submit(async () => { secede(); const model = train(); await rejoin(); return evaluate(model) })
 */
export async function rejoin(): Promise<void> {
  await here?.rejoin()
}

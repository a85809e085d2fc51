import type { TaskPhase, TaskTransition } from '../../plugins/index.js'

/** Tells how far the tasks of a worker are: for plugins that want to hear of it. It follows those that come from now on. */
export class TaskWatch {
  readonly #tell: (event: TaskTransition) => void
  /** by slot of the worker machine */
  readonly #tasks = new Map<number, { readonly key: string; readonly label: string; phase: TaskPhase }>()

  constructor(tell: (event: TaskTransition) => void) {
    this.#tell = tell
  }

  /** A task has come. */
  received(slot: number, key: string, label: string): void {
    // It was given up before it ran, and its place is used again.
    this.move(slot, 'released')
    this.#tasks.set(slot, { key, label, phase: 'waiting' })
    this.#tell({ key, label, from: undefined, to: 'waiting' })
  }

  /** The task in a slot, if it is a task that is followed, has gone on. */
  move(slot: number, to: TaskPhase): void {
    const task = this.#tasks.get(slot)
    if (!task) return
    const { key, label, phase: from } = task
    task.phase = to
    if (to !== 'executing' && to !== 'memory') this.#tasks.delete(slot)
    this.#tell({ key, label, from, to })
  }

  /** A value is dropped. */
  dropped(slot: number): void {
    if (this.#tasks.get(slot)?.phase === 'memory') this.move(slot, 'released')
  }
}

import type { DeathNote } from '../death-note.js'

/** How long a note is waited for, and kept when it comes before the connection's end is noticed, in milliseconds. */
const PATIENCE = 1000
/** Lines of a log that an error shows. */
const SHOWN = 20

/** Brings together workers whose connections broke with what their nannies know of why. */
export class DeathNotes {
  readonly #early = new Map<string, { note: DeathNote; timer: NodeJS.Timeout }>()
  readonly #waiting = new Map<string, (note: DeathNote | undefined) => void>()

  /** A nanny says why its worker died. */
  take(note: DeathNote): void {
    const key = keyOf(note)
    const waiting = this.#waiting.get(key)
    if (waiting) {
      waiting(note)
      return
    }
    const timer = setTimeout(() => this.#early.delete(key), PATIENCE)
    timer.unref()
    this.#early.set(key, { note, timer })
  }

  /** Calls `done`, once, when the note has come, or is not coming. */
  wait(worker: { readonly name: string; readonly pid: number }, done: (note: DeathNote | undefined) => void): void {
    const key = keyOf(worker)
    const early = this.#early.get(key)
    if (early) {
      clearTimeout(early.timer)
      this.#early.delete(key)
      done(early.note)
      return
    }
    const timer = setTimeout(() => this.#waiting.get(key)?.(undefined), PATIENCE)
    this.#waiting.set(key, (note) => {
      clearTimeout(timer)
      this.#waiting.delete(key)
      done(note)
    })
  }

  /** Nothing is waited for any more. */
  close(): void {
    for (const done of this.#waiting.values()) done(undefined)
    for (const { timer } of this.#early.values()) clearTimeout(timer)
    this.#early.clear()
  }
}

/** The death as part of a sentence. */
export function describeDeath({ reason, logTail }: DeathNote): string {
  const lines = logTail.trim().split('\n').slice(-SHOWN)
  if (lines.length === 1 && lines[0] === '') return `it ${reason}, and wrote nothing`
  return `it ${reason}. The last that it wrote:\n${lines.map((line) => `    ${line}`).join('\n')}\n(the end of its log)`
}

function keyOf({ name, pid }: { readonly name: string; readonly pid: number }): string {
  return `${pid} ${name}`
}

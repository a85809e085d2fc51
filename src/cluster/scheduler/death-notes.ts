import type { DeathNote } from '../death-note.js'

/** How long a note is waited for, and kept when it comes before the connection's end is noticed, in milliseconds. */
const PATIENCE = 3000
/** The same where a batch system may know more: it is asked a few times, since its own notes take a moment. */
export const JOB_PATIENCE = 5000
/** Lines of a log that an error shows. */
const SHOWN = 20

/** What is known of a death. */
export interface Death extends Pick<DeathNote, 'reason' | 'outOfMemory'> {
  /** the end of what the process wrote; undefined: whoever tells does not know */
  readonly logTail?: string
}

/** Brings together workers whose connections broke with what their nannies know of why. */
export class DeathNotes {
  readonly #early = new Map<string, { note: DeathNote; timer: NodeJS.Timeout }>()
  readonly #waiting = new Map<string, { readonly name: string; done(death: Death | undefined): void }>()

  /** A nanny says why its worker died. */
  take(note: DeathNote): void {
    const key = keyOf(note)
    const waiting = this.#waiting.get(key)
    if (waiting) {
      waiting.done(note)
      return
    }
    const timer = setTimeout(() => this.#early.delete(key), PATIENCE)
    timer.unref()
    this.#early.set(key, { note, timer })
  }

  /** Somebody who is not its nanny says why a worker died: of no use but for who waits for it. */
  takeFromAfar(name: string, death: Death): void {
    for (const one of this.#waiting.values()) if (one.name === name) one.done(death)
  }

  /** Calls `done`, once, when the note has come, or is not coming. `patience`: milliseconds. */
  wait(
    worker: { readonly name: string; readonly pid: number },
    done: (death: Death | undefined) => void,
    patience: number = PATIENCE,
  ): void {
    const key = keyOf(worker)
    const early = this.#early.get(key)
    if (early) {
      clearTimeout(early.timer)
      this.#early.delete(key)
      done(early.note)
      return
    }
    const timer = setTimeout(() => this.#waiting.get(key)?.done(undefined), patience)
    this.#waiting.set(key, {
      name: worker.name,
      done: (death) => {
        clearTimeout(timer)
        this.#waiting.delete(key)
        done(death)
      },
    })
  }

  /** Nothing is waited for any more. */
  close(): void {
    for (const { done } of this.#waiting.values()) done(undefined)
    for (const { timer } of this.#early.values()) clearTimeout(timer)
    this.#early.clear()
  }
}

/** The death as part of a sentence. */
export function describeDeath({ reason, logTail }: Death): string {
  if (logTail === undefined) return `it ${reason}`
  const lines = logTail.trim().split('\n').slice(-SHOWN)
  if (lines.length === 1 && lines[0] === '') return `it ${reason}, and wrote nothing`
  return `it ${reason}. The last that it wrote:\n${lines.map((line) => `    ${line}`).join('\n')}\n(the end of its log)`
}

function keyOf({ name, pid }: { readonly name: string; readonly pid: number }): string {
  return `${pid} ${name}`
}

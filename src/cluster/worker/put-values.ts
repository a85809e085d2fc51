import type { Comm } from '../../comm/index.js'
import { Frame, type PutKey, readPut, writeStored } from '../../protocol/index.js'

/** How long a value is kept that a client has put here and the scheduler says nothing of, in milliseconds. */
const UNCLAIMED = 60_000

/** Values that clients have put here, until the scheduler says what tasks know them by. */
export class PutValues {
  readonly #values = new Map<string, { readonly value: Uint8Array; readonly timer: NodeJS.Timeout }>()

  /** Takes a value in, and says so. */
  take(comm: Comm, body: Uint8Array): void {
    const { id, key, value } = readPut(body)
    const name = key.join()
    // The client may have gone without telling the scheduler.
    const timer = setTimeout(() => this.#values.delete(name), UNCLAIMED)
    timer.unref()
    this.#values.set(name, { value, timer })
    comm.send(Frame.stored, writeStored(id))
  }

  /** Gives a value away; undefined: it is not here. */
  claim(key: PutKey): Uint8Array | undefined {
    const name = key.join()
    const found = this.#values.get(name)
    if (!found) return undefined
    clearTimeout(found.timer)
    this.#values.delete(name)
    return found.value
  }

  close(): void {
    for (const { timer } of this.#values.values()) clearTimeout(timer)
    this.#values.clear()
  }
}

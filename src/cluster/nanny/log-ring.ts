const LINE_FEED = 0x0a

/** The end of what a process wrote: the last so many bytes of it, from the beginning of a line on. */
export class LogRing {
  readonly #bytes: Buffer
  /** how many bytes there ever were */
  #written = 0

  constructor(capacity = 64 * 1024) {
    this.#bytes = Buffer.alloc(capacity)
  }

  append(chunk: Uint8Array): void {
    const capacity = this.#bytes.length
    const kept = chunk.subarray(Math.max(0, chunk.length - capacity))
    const at = (this.#written + chunk.length - kept.length) % capacity
    const first = kept.subarray(0, capacity - at)
    this.#bytes.set(first, at)
    this.#bytes.set(kept.subarray(first.length), 0)
    this.#written += chunk.length
  }

  text(): string {
    const capacity = this.#bytes.length
    if (this.#written <= capacity) return this.#bytes.toString('utf8', 0, this.#written)
    const at = this.#written % capacity
    const all = Buffer.concat([this.#bytes.subarray(at), this.#bytes.subarray(0, at)])
    // A line that fills everything is shown from where it can be read, between two characters.
    const line = all.indexOf(LINE_FEED)
    let from = line >= 0 && line < capacity - 1 ? line + 1 : 0
    while (from < capacity && (all[from]! & 0xc0) === 0x80) from++
    return all.toString('utf8', from)
  }
}

import type { RecordWriter } from '../../protocol/index.js'

/** Where workers are, by number, told to those who must fetch values from them when they need to know. */
export class Peers {
  readonly #addresses: (string | undefined)[] = []
  // A number is used again for another worker: what was told of the one before is out of date.
  readonly #versions: number[] = []

  set(index: number, address: string | undefined): void {
    this.#addresses[index] = address
    this.#versions[index] = (this.#versions[index] ?? 0) + 1
  }

  address(index: number): string | undefined {
    return this.#addresses[index]
  }

  /** Writes where a worker is, unless `known` (versions by number) says that the reader knows. */
  introduce(index: number, known: number[], op: number, records: RecordWriter): void {
    const version = this.#versions[index] ?? 0
    if (known[index] === version) return
    known[index] = version
    records.word(op)
    records.word(index)
    records.text(this.#addresses[index] ?? '')
  }
}

import { type FileHandle, open, rename, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { type TaskBlock, journalHead, summaryRecord, tasksRecord } from './journal-format.js'
import type { RunSummary } from './summary.js'

/** What a scheduler writes of one run while it goes on. Writes come one after the other, and nobody waits for them. */
export class Journal {
  readonly path: string
  readonly #failed: (error: unknown) => void
  #file: FileHandle | undefined
  #last: Promise<void>
  #broken = false

  /** `failed` is told once; nothing is written after that. */
  constructor(folder: string, run: string, failed: (error: unknown) => void) {
    this.path = join(folder, `${run}.journal`)
    this.#failed = failed
    this.#last = this.#attempt(async () => {
      // What a program computes is nobody else's business.
      this.#file = await open(this.path, 'ax', 0o600)
      await this.#file.appendFile(journalHead())
    })
  }

  get isBroken(): boolean {
    return this.#broken
  }

  /** `done`: the block may be filled anew. */
  tasks(block: TaskBlock, done: () => void): void {
    if (this.#broken) done()
    else this.#append(tasksRecord(block), done)
  }

  summary(summary: RunSummary): void {
    this.#append(summaryRecord(summary))
  }

  /** Resolves when everything is written. */
  async close(): Promise<void> {
    await this.#last
    await this.#file?.close()
    this.#file = undefined
  }

  /** Closes it, and puts it where whoever packs journals finds it. Gives the path; undefined: it could not be written. */
  async finish(): Promise<string | undefined> {
    this.#last = this.#last.then(() => this.#attempt(async () => this.#file?.datasync()))
    await this.close()
    if (this.#broken) return undefined
    const done = this.path.replace(/\.journal$/, '.done')
    await rename(this.path, done)
    return done
  }

  /** Closes it and takes it away: there is nothing to be told. */
  async discard(): Promise<void> {
    await this.close()
    if (!this.#broken) await unlink(this.path)
  }

  #append(parts: readonly Uint8Array[], done?: () => void): void {
    if (this.#broken) return
    this.#last = this.#last.then(() => this.#attempt(() => this.#write(parts))).then(done)
  }

  /** As they stand, without a copy: they are most of what is written. */
  async #write(parts: readonly Uint8Array[]): Promise<void> {
    const file = this.#file
    if (!file) return
    const length = parts.reduce((sum, { byteLength }) => sum + byteLength, 0)
    const { bytesWritten } = await file.writev(parts)
    // A disk that is nearly full takes a part.
    if (bytesWritten < length) await file.appendFile(Buffer.concat(parts).subarray(bytesWritten))
  }

  async #attempt(write: () => Promise<void>): Promise<void> {
    if (this.#broken) return
    try {
      await write()
    } catch (error) {
      this.#broken = true
      this.#failed(error)
    }
  }
}

import { randomBytes } from 'node:crypto'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** The files that clients have uploaded, in a folder that nobody else can write to, made on first use. */
export class Uploads {
  readonly folder: string
  #made: Promise<unknown> | undefined

  constructor(parent: string) {
    this.folder = join(parent, `heddle-uploads-${randomBytes(8).toString('hex')}`)
  }

  /** Writes a file. Whoever reads it meanwhile has the old one or the new one. */
  async write(name: string, bytes: Uint8Array): Promise<void> {
    // Not recursive: a folder of somebody else's is not taken.
    await (this.#made ??= mkdir(this.folder, { mode: 0o700 }))
    const temporary = join(this.folder, `.${randomBytes(8).toString('hex')}`)
    await writeFile(temporary, bytes, { flag: 'wx', mode: 0o600 })
    await rename(temporary, join(this.folder, name))
  }

  async close(): Promise<void> {
    if (!this.#made) return
    await this.#made.catch(() => undefined)
    await rm(this.folder, { recursive: true, force: true })
  }
}

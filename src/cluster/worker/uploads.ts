import { randomBytes } from 'node:crypto'
import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { makeFolder } from '../../base/index.js'
import { unpackFiles } from '../../protocol/index.js'
import type { Upload } from '../upload.js'

/** The files that clients have uploaded, in a folder that nobody else can write to, made on first use. */
export class Uploads {
  readonly folder: string
  #made: Promise<unknown> | undefined

  constructor(parent: string) {
    this.folder = join(parent, `heddle-uploads-${randomBytes(8).toString('hex')}`)
  }

  /** Writes a file, or a directory. Whoever reads it meanwhile has the old one or the new one. */
  async write(name: string, { bytes, directory }: Upload): Promise<void> {
    // Not recursive: a folder of somebody else's is not taken.
    await (this.#made ??= mkdir(this.folder, { mode: 0o700 }))
    const temporary = join(this.folder, `.${randomBytes(8).toString('hex')}`)
    if (!directory) await writeFile(temporary, bytes, { flag: 'wx', mode: 0o600 })
    else {
      // Each version stays in a folder of its own: modules that are loaded from it go on finding each other.
      const version = `${temporary}-directory`
      for (const [path, file] of await unpackFiles(bytes)) {
        const full = join(version, path)
        makeFolder(dirname(full), 0o700)
        await writeFile(full, file.bytes, { flag: 'wx', mode: file.executable ? 0o700 : 0o600 })
      }
      await symlink(version, temporary, 'junction')
    }
    await rename(temporary, join(this.folder, name))
  }

  async close(): Promise<void> {
    if (!this.#made) return
    await this.#made.catch(() => undefined)
    await rm(this.folder, { recursive: true, force: true })
  }
}

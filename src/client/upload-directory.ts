import { readFile, readdir, stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { ArgumentError, formatBytes } from '../base/index.js'
import { config } from '../config/index.js'
import { packFiles } from '../protocol/index.js'

export interface UploadDirectoryOptions {
  /** what it is called on the workers; its own name unless told */
  readonly name?: string
  /** whether a file or folder stays here, by its path in the directory ('data/big.csv'); node_modules and .git unless told */
  readonly skip?: (path: string) => boolean
}

/** A directory, as it travels. */
export interface PackedDirectory {
  readonly name: string
  readonly bytes: Uint8Array
}

/** Reads a directory. Throws when it is larger than the setting `transfer.uploadLimit` allows. */
export async function packDirectory(
  path: string,
  { name = basename(resolve(path)), skip = isUsuallyLeft }: UploadDirectoryOptions,
): Promise<PackedDirectory> {
  const limit = config.get('transfer.uploadLimit')
  const files = new Map<string, { bytes: Uint8Array; executable: boolean }>()
  let total = 0
  const walk = async (folder: string): Promise<void> => {
    for (const entry of await readdir(join(path, folder), { withFileTypes: true })) {
      const inside = folder === '' ? entry.name : `${folder}/${entry.name}`
      if (skip(inside)) continue
      const full = join(path, inside)
      if (entry.isDirectory()) await walk(inside)
      else if (entry.isFile()) {
        const { size, mode } = await stat(full)
        total += size
        if (total > limit) {
          throw new ArgumentError(
            `uploadDirectory: ${path} has more than ${formatBytes(limit)} (${inside} does not fit): leave out what tasks do not ` +
              'need ({ skip }), raise the setting transfer.uploadLimit, or have tasks read it from where all machines can',
          )
        }
        files.set(inside, { bytes: await readFile(full), executable: (mode & 0o100) !== 0 })
      } else
        throw new ArgumentError(
          `uploadDirectory: ${full} is neither a file nor a folder (a link, perhaps): leave it out ({ skip })`,
        )
    }
  }
  await walk('')
  if (files.size === 0) throw new ArgumentError(`uploadDirectory: there is nothing to bring in ${path}`)
  return { name, bytes: await packFiles(files) }
}

function isUsuallyLeft(path: string): boolean {
  return /(^|\/)(node_modules|\.git)$/.test(path)
}

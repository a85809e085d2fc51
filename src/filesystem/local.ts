import { randomBytes } from 'node:crypto'
import { type Stats, statSync } from 'node:fs'
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { makeFolder } from '../base/index.js'
import { attempt, attemptSync, FileError } from './errors.js'
import { searchGlob, searchGlobSync } from './glob.js'
import type { FileInfo, Store } from './store.js'

const STREAM_CHUNK = 1 << 20
/** The most that one read call of Linux and of Node transfers. */
const READ_LIMIT = 0x7ffff000
const STATS_AT_ONCE = 64

/** The files of this machine, and of whatever is mounted on it. */
export const local: Store = {
  async stat(path) {
    return infoOf(path, await attempt('look at', path, () => stat(path)))
  },

  async list(glob) {
    const paths = await searchGlob(glob)
    const files: FileInfo[] = []
    for (let i = 0; i < paths.length; i += STATS_AT_ONCE) {
      files.push(...(await Promise.all(paths.slice(i, i + STATS_AT_ONCE).map((path) => local.stat(path)))))
    }
    return files
  },

  async read(path, start, end) {
    const handle = await attempt('open', path, () => open(path, 'r'))
    try {
      return await readRange(handle, path, start, Math.max(0, end - start))
    } finally {
      await handle.close()
    }
  },

  async *stream(path, start = 0) {
    const handle = await attempt('open', path, () => open(path, 'r'))
    try {
      for (let position = start; ; ) {
        const chunk = await readRange(handle, path, position, STREAM_CHUNK)
        if (chunk.length > 0) yield chunk
        if (chunk.length < STREAM_CHUNK) return
        position += chunk.length
      }
    } finally {
      await handle.close()
    }
  },

  async write(path, chunks) {
    const folder = dirname(path)
    // Renaming is atomic only inside of one file system, hence a name in the same folder; 'wx' never follows a link.
    const temporary = join(folder, `.heddle-${randomBytes(8).toString('hex')}.tmp`)
    await attempt('create the folder of', path, async () => makeFolder(folder))
    const handle = await attempt('write', path, () => open(temporary, 'wx'))
    try {
      try {
        for await (const chunk of chunks) await attempt('write', path, () => handle.writeFile(chunk))
      } finally {
        await handle.close()
      }
      await attempt('write', path, () => rename(temporary, path))
    } catch (error) {
      await rm(temporary, { force: true })
      throw error
    }
  },

  async remove(path) {
    await attempt('remove', path, () => rm(path, { force: true }))
  },
}

/** What `local.stat` gives, at once. */
export function statLocal(path: string): FileInfo {
  return infoOf(
    path,
    attemptSync('look at', path, () => statSync(path)),
  )
}

/** What `local.list` gives, at once. */
export function listLocal(glob: string): FileInfo[] {
  return searchGlobSync(glob).map(statLocal)
}

function infoOf(path: string, found: Stats): FileInfo {
  if (!found.isDirectory()) return { path, size: found.size, modified: found.mtimeMs }
  throw new FileError(`${path} is a folder, not a file. To name the files in it, write ${join(path, '*')}`, path)
}

async function readRange(handle: FileHandle, path: string, start: number, length: number): Promise<Uint8Array> {
  const bytes = Buffer.allocUnsafeSlow(length)
  let filled = 0
  while (filled < length) {
    const wanted = Math.min(length - filled, READ_LIMIT)
    const { bytesRead } = await attempt('read', path, () => handle.read(bytes, filled, wanted, start + filled))
    if (bytesRead === 0) break
    filled += bytesRead
  }
  return bytes.subarray(0, filled)
}

import { readdir, stat, unlink } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { asError } from '../base/index.js'
import { RecordKind, readJournal } from './journal-format.js'
import { packJournal } from './pack.js'
import type { RunSummary } from './summary.js'

/** A journal of another machine into which nothing was written for so many milliseconds is taken to be nobody's any more. */
const SILENT = 60 * 60_000
/** Parts of files, and journals that were not begun, whose writers have died are removed after so many milliseconds. */
const STALE = 24 * 60 * 60_000

/** What could not be packed, and why. */
export interface Skipped {
  readonly path: string
  readonly reason: string
}

/** Packs journals that are done, and those whose writers have died. Gives those that cannot be. */
export async function packOrphans(folder: string): Promise<Skipped[]> {
  const skipped: Skipped[] = []
  for (const name of (await readdir(folder)).sort()) {
    const path = join(folder, name)
    if (!/\.(journal|done)$/.test(name)) continue
    try {
      if (name.endsWith('.done') || (await isOrphan(path))) await packJournal(path)
    } catch (error) {
      // Somebody else packs it too, and was first.
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') continue
      skipped.push({ path, reason: asError(error).message })
    }
  }
  return skipped
}

async function isOrphan(path: string): Promise<boolean> {
  const { mtimeMs } = await stat(path)
  const silent = Date.now() - mtimeMs > SILENT
  const writer = writerOf(path)
  if (!writer) return false
  return writer.host === hostname() ? !isAlive(writer.pid) : silent
}

/** Who writes a journal: its first summary says so. undefined: its writer has not come that far. */
function writerOf(path: string): RunSummary['writer'] | undefined {
  for (const { kind, body } of readJournal(path))
    if (kind === RecordKind.summary) return (JSON.parse(body.toString()) as RunSummary).writer
  return undefined
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** The writer of a journal died before it had written anything that could be told; what is no journal at all is not meant. */
function saysNothing(path: string): boolean {
  try {
    return writerOf(path) === undefined
  } catch {
    return false
  }
}

/** Removes runs that are older than `keepFor` milliseconds, and the oldest as long as they take more than `maximumBytes`. */
export async function removeOld(
  folder: string,
  { keepFor, maximumBytes }: { readonly keepFor: number; readonly maximumBytes: number },
): Promise<void> {
  const now = Date.now()
  const files: { readonly path: string; readonly bytes: number; readonly time: number }[] = []
  for (const name of await readdir(folder)) {
    const path = join(folder, name)
    const found = await stat(path).catch(() => undefined)
    if (!found) continue
    const isStale = now - found.mtimeMs > STALE
    if (name.endsWith('.part')) {
      if (isStale) await unlink(path).catch(() => undefined)
    } else if (name.endsWith('.journal')) {
      if (isStale && saysNothing(path)) await unlink(path).catch(() => undefined)
    } else if (name.endsWith('.parquet')) files.push({ path, bytes: found.size, time: found.mtimeMs })
  }
  files.sort((a, b) => a.time - b.time)
  let bytes = files.reduce((sum, file) => sum + file.bytes, 0)
  for (const file of files) {
    const old = keepFor > 0 && now - file.time > keepFor
    const much = maximumBytes > 0 && bytes > maximumBytes
    if (!old && !much) break
    await unlink(file.path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error
    })
    bytes -= file.bytes
  }
}

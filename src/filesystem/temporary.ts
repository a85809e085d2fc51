import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { attempt } from './errors.js'

/**
 * Makes a folder for temporary files and gives its absolute path: a name nobody can predict, mode 0700, never something
 * that was already there, in `parent` or else in the system's folder for temporary files. The path goes through no links.
 * @example
 * const folder = await temporaryFolder('spill-')
 * try { … } finally { await removeFolder(folder) }
 */
export async function temporaryFolder(prefix: string, parent: string = tmpdir()): Promise<string> {
  return attempt('make a folder in', parent, async () => mkdtemp(join(await realpath(parent), prefix)))
}

/** The same as `temporaryFolder`, at once. */
export function temporaryFolderSync(prefix: string, parent: string = tmpdir()): string {
  return mkdtempSync(join(realpathSync(parent), prefix))
}

/** Removes a folder with all that is in it. Links in it are removed, not followed. Does nothing when it is gone already. */
export async function removeFolder(path: string): Promise<void> {
  await attempt('remove', path, () => rm(path, { recursive: true, force: true, maxRetries: 3 }))
}

/** The same as `removeFolder`, at once: for the exit of the process. */
export function removeFolderSync(path: string): void {
  rmSync(path, { recursive: true, force: true, maxRetries: 3 })
}

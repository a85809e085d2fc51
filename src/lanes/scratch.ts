import { mkdirSync, mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { removeFolderAtExit, removeFolderInUse } from '../base/index.js'
import { config } from '../config/index.js'

let root: string | undefined

/** A folder for a run, in a private (0700), unpredictable one of this process, which goes with the process. */
export function scratchFolder(run: string): string {
  if (root === undefined) {
    root = mkdtempSync(join(config.get('temporaryDirectory'), 'heddle-'))
    removeFolderAtExit(root)
  }
  const folder = join(root, run)
  mkdirSync(folder, { mode: 0o700 })
  return folder
}

/**
 * Removes such a folder. A statement of a task that was given up may still write there: then it is tried again for a while, and
 * what is left goes with the process.
 */
export function removeScratch(folder: string): void {
  removeFolderInUse(folder).catch(() => undefined)
}

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { config } from '../config/index.js'

let root: string | undefined

/** A folder for a run, in a private (0700), unpredictable one of this process, which goes with the process. */
export function scratchFolder(run: string): string {
  if (root === undefined) {
    root = mkdtempSync(join(config.get('temporaryDirectory'), 'heddle-'))
    const folder = root
    process.once('exit', () => removeAtExit(folder))
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
  try {
    rmSync(folder, { recursive: true, force: true })
  } catch {
    rm(folder, { recursive: true, force: true, maxRetries: 8, retryDelay: 20 }).catch(() => undefined)
  }
}

const attempts = 20

/** Threads of a database may still write there as the process ends: each attempt leaves them less, and none is a crash. */
function removeAtExit(folder: string): void {
  for (let attempt = 0; attempt < attempts; attempt++) {
    try {
      rmSync(folder, { recursive: true, force: true })
      return
    } catch {
      // Once more.
    }
  }
}

import { rmSync } from 'node:fs'
import { rm } from 'node:fs/promises'

/**
 * Removes a folder with all that is in it: at once, unless somebody still writes there, as a database's statement does that was
 * given up. Then it is tried again for a while.
 *
 * @throws the system's error where that does not help
 */
export async function removeFolderInUse(folder: string): Promise<void> {
  try {
    rmSync(folder, { recursive: true, force: true })
  } catch {
    await rm(folder, { recursive: true, force: true, maxRetries: 8, retryDelay: 20 })
  }
}

const ATTEMPTS = 20

/**
 * Removes a folder when this process exits. Threads of a database may still write there: each attempt leaves them less, and none
 * is a crash.
 */
export function removeFolderAtExit(folder: string): void {
  process.once('exit', () => {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      try {
        rmSync(folder, { recursive: true, force: true })
        return
      } catch {
        // Once more.
      }
    }
  })
}

import { mkdirSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'

/**
 * Makes a folder, and those above it, unless they are there. Node's own `recursive` never comes back from file systems where
 * nothing can be made, such as /proc, which say that what is to be made does not exist.
 *
 * @param mode of those that are made
 * @throws the error of the system that says why one cannot be made
 */
export function makeFolder(path: string, mode?: number): void {
  const missing: string[] = []
  for (let folder = resolve(path); !statSync(folder, { throwIfNoEntry: false }); folder = dirname(folder)) missing.push(folder)
  for (const folder of missing.reverse()) {
    try {
      mkdirSync(folder, mode)
    } catch (error) {
      // Somebody else has made it meanwhile.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
  }
}

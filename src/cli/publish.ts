import { rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { asError, makeFolder } from '../base/index.js'
import { type SchedulerFile, SchedulerFileError, readSchedulerFile, writeSchedulerFile } from '../protocol/index.js'
import { ServiceError } from './errors.js'

/**
 * Writes a scheduler file, into a folder that is made if there is none. Gives a function that removes it, unless another
 * scheduler has written its own there meanwhile.
 */
export async function publish(path: string, content: SchedulerFile): Promise<() => Promise<void>> {
  try {
    makeFolder(dirname(path), 0o700)
  } catch (error) {
    throw new ServiceError(
      `the folder of the scheduler file ${path} cannot be made: ${asError(error).message}; choose another --scheduler-file`,
      1,
      { cause: error },
    )
  }
  await writeSchedulerFile(path, content)
  return async () => {
    if ((await idIn(path)) === content.id) await rm(path, { force: true })
  }
}

async function idIn(path: string): Promise<string | undefined> {
  try {
    return (await readSchedulerFile(path)).id
  } catch (error) {
    // Gone, or something else by now.
    if (error instanceof SchedulerFileError) return undefined
    throw error
  }
}

import { mkdtempSync, rmdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { asError, makeFolder } from '../base/index.js'
import { ServiceError } from './errors.js'

/**
 * The path of a folder that workers put values in, which is made if there is none.
 *
 * @throws ServiceError when nothing can be written there
 */
export function localDirectory(path: string): string {
  const folder = resolve(path)
  try {
    makeFolder(folder, 0o700)
    rmdirSync(mkdtempSync(join(folder, 'heddle-probe-')))
    return folder
  } catch (error) {
    throw new ServiceError(
      `the local directory ${folder} cannot be written: ${asError(error).message}; choose another with --local-directory, or the ` +
        'setting temporaryDirectory',
      1,
      { cause: error },
    )
  }
}

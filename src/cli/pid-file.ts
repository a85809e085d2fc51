import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { asError } from '../base/index.js'
import { ServiceError } from './errors.js'

/**
 * Writes the number of this process into a file, which is removed by the function that it gives.
 *
 * @throws ServiceError when the process that the file names still runs, or the file cannot be written
 */
export function writePidFile(path: string): () => void {
  const before = pidIn(path)
  if (before !== undefined && before !== process.pid && isAlive(before)) {
    throw new ServiceError(`${path} says that the process ${before} runs already; end it, or choose another --pid-file`)
  }
  try {
    writeFileSync(path, `${process.pid}\n`)
  } catch (error) {
    throw new ServiceError(`the --pid-file ${path} cannot be written: ${asError(error).message}`, 1, { cause: error })
  }
  return () => {
    if (pidIn(path) === process.pid) rmSync(path, { force: true })
  }
}

function pidIn(path: string): number | undefined {
  try {
    const pid = Number(readFileSync(path, 'utf8').trim())
    return Number.isSafeInteger(pid) && pid > 0 ? pid : undefined
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined
    throw error
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // EPERM: it is there, and somebody else's.
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

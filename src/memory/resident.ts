import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'

/**
 * The bytes of physical memory that a process takes (its resident set); undefined when there is no such process.
 *
 * @throws the system's error when it cannot be found out
 */
export async function residentBytes(pid: number): Promise<number | undefined> {
  if (pid === process.pid) return process.memoryUsage.rss()
  return process.platform === 'linux' ? fromProc(pid) : fromPs(pid)
}

async function fromProc(pid: number): Promise<number | undefined> {
  try {
    // A process that has ended and that nobody has waited for has a status without this line.
    const kilobytes = /^VmRSS:\s*(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1024
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH')) return undefined
    throw error
  }
}

/** For systems without /proc. */
export async function fromPs(pid: number): Promise<number | undefined> {
  try {
    const { stdout } = await promisify(execFile)('ps', ['-o', 'rss=', '-p', String(pid)])
    const kilobytes = Number(stdout.trim())
    return kilobytes > 0 ? kilobytes * 1024 : undefined
  } catch (error) {
    // It says with 1 that there is no such process.
    if (error instanceof Error && 'code' in error && error.code === 1) return undefined
    throw error
  }
}

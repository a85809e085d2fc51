import { randomUUID } from 'node:crypto'
import { readFileSync, readdirSync } from 'node:fs'
import type { TestContext } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'

const MARK = 'HEDDLE_ENGINE_TEST'

/** An environment variable by which all processes of a test can be found, whoever started them. */
export function mark(t: TestContext): { readonly environment: Record<string, string>; processes(): readonly number[] } {
  const value = randomUUID()
  const processes = (): readonly number[] => withEnvironment(`${MARK}=${value}`)
  t.after(() => {
    for (const pid of processes()) process.kill(pid, 'SIGKILL')
  })
  return { environment: { [MARK]: value }, processes }
}

function withEnvironment(text: string): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => procFile(pid, 'environ').includes(text))
    .map(Number)
}

/** A file of /proc of a process; empty when that has gone. */
export function procFile(pid: number | string, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'latin1')
  } catch (error) {
    if (error instanceof Error && 'code' in error && ['ENOENT', 'ESRCH', 'EACCES'].includes(String(error.code))) return ''
    throw error
  }
}

export function parentOf(pid: number): number {
  return Number(procFile(pid, 'stat').split(/.*\) /s)[1]!.split(' ')[1])
}

/** Waits for what nobody tells of: that something of this machine has changed. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await delay(50)
}

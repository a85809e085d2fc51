import { readdirSync } from 'node:fs'
import { homedir, hostname } from 'node:os'
import { join } from 'node:path'

/** Where what a user's programs leave for one another is kept (XDG Base Directory Specification). */
export function stateFolder(environment: NodeJS.ProcessEnv = process.env): string {
  const given = environment.XDG_STATE_HOME
  return join(given && given.startsWith('/') ? given : join(homedir(), '.local', 'state'), 'heddle')
}

/** The file that a scheduler on this machine writes unless told where. */
export function schedulerFileOf(port: number, folder: string = stateFolder()): string {
  return join(folder, `scheduler-${hostname()}-${port}.json`)
}

/** The files of schedulers at a port that this user started, here or on machines that share the folder. */
export function schedulerFilesAt(port: number, folder: string = stateFolder()): string[] {
  let names: string[]
  try {
    names = readdirSync(folder)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  }
  return names.filter((name) => name.startsWith('scheduler-') && name.endsWith(`-${port}.json`)).map((name) => join(folder, name))
}

import { accessSync, constants, existsSync, readdirSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'

/** A file of settings that is looked for. */
export interface ConfigFile {
  readonly path: string
  readonly state: 'found' | 'absent' | 'unreadable'
}

/** The files of settings that are looked for, later ones stronger: see `config`. */
export function configFiles(environment: NodeJS.ProcessEnv = process.env): ConfigFile[] {
  const user = environment.XDG_CONFIG_HOME || join(homedir(), '.config')
  const paths = ['/etc/heddle/heddle.yaml', join(user, 'heddle', 'heddle.yaml'), resolve('heddle.yaml')]
  if (environment.HEDDLE_CONFIG) {
    const named = resolve(environment.HEDDLE_CONFIG)
    const isFolder = statSync(named, { throwIfNoEntry: false })?.isDirectory()
    const names = isFolder
      ? readdirSync(named)
          .filter((name) => /\.ya?ml$/.test(name))
          .sort()
      : undefined
    paths.push(...(names?.map((name) => join(named, name)) ?? [named]))
  }
  return paths.filter((path, i) => paths.lastIndexOf(path) === i).map((path) => ({ path, state: stateOf(path) }))
}

function stateOf(path: string): ConfigFile['state'] {
  if (!existsSync(path)) return 'absent'
  try {
    accessSync(path, constants.R_OK)
    return 'found'
  } catch {
    return 'unreadable'
  }
}

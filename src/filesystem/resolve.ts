import { homedir } from 'node:os'
import { isAbsolute, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ArgumentError, describe } from '../base/index.js'
import { FileNotFoundError, searched } from './errors.js'
import { isGlob, mustSearch, splitGlob } from './glob.js'
import { local } from './local.js'
import type { FileInfo, Store } from './store.js'

/** The store that keeps a path which `resolveFiles` or `resolvePath` gave. */
export function storeOf(_path: string): Store {
  return local
}

/**
 * The absolute path that a name stands for: `~` is the home folder, `file:` URLs are understood, relative names start at
 * the current folder of the process. Throws `ArgumentError` for other kinds of URL.
 */
export function resolvePath(name: string | URL): string {
  if (typeof name !== 'string' && !(name instanceof URL)) {
    throw new ArgumentError(`A file is named by a string or a URL, not by ${describe(name)}`)
  }
  const text = String(name)
  if (text === '') throw new ArgumentError("A file's name is empty")
  // A scheme of one letter is a drive of Windows.
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(text)?.[1]?.toLowerCase()
  if (scheme === 'file') return fileURLToPath(name)
  if (name instanceof URL || (scheme !== undefined && text.startsWith('//', scheme.length + 1))) {
    throw new ArgumentError(`Files are read from paths and file: URLs; there is no store for ${text}`)
  }
  return resolve(underHome(text) ? join(homedir(), text.slice(1)) : text)
}

const underHome = (text: string): boolean => text === '~' || text.startsWith('~/')

// Not through path.resolve, which would fold a wildcard that stands before `..`.
function absoluteGlob(name: string | URL): string {
  if (name instanceof URL || name.startsWith('file:')) return fileURLToPath(name)
  if (isAbsolute(name)) return name
  return underHome(name) ? homedir() + name.slice(1) : `${process.cwd()}/${name}`
}

/**
 * The files that names and globs stand for, as they are now. Each name keeps its place; the files of one glob come in
 * natural order (part-2 before part-10); a file named twice comes once, at its first place. Globs know
 * `*`, `?`, `**`, `[abc]`, `{a,b}` and `!(a)`; a name with brackets or braces that exists as it stands is no glob.
 *
 * Throws `FileNotFoundError`, which names the absolute path and the folder searched, for a missing file and for a glob that
 * matches nothing; `FileError` for a folder; `ArgumentError` for what is no name.
 * @example
 * const files = await resolveFiles(['data/2024-*.csv', '~/extra.csv'])
 */
export async function resolveFiles(patterns: string | URL | readonly (string | URL)[]): Promise<FileInfo[]> {
  const names = typeof patterns === 'string' || patterns instanceof URL ? [patterns] : patterns
  if (names.length === 0) throw new ArgumentError('No file is named: the list of files is empty')
  const files = new Map<string, FileInfo>()
  for (const name of names) {
    for (const file of await filesOf(name)) if (!files.has(file.path)) files.set(file.path, file)
  }
  return [...files.values()]
}

async function filesOf(name: string | URL): Promise<readonly FileInfo[]> {
  const path = resolvePath(name)
  const store = storeOf(path)
  const glob = absoluteGlob(name)
  if (!isGlob(glob)) return [await store.stat(path)]
  if (!mustSearch(glob)) {
    const named = await store.stat(path).catch((error: unknown) => {
      if (error instanceof FileNotFoundError) return undefined
      throw error
    })
    if (named !== undefined) return [named]
  }
  const found = await store.list(glob)
  if (found.length > 0) return found
  const { folder } = splitGlob(glob)
  throw new FileNotFoundError(`No file matches ${glob}: ${searched(folder)}`, glob, folder)
}

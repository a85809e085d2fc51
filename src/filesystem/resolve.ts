import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { isAbsolute, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ArgumentError, describe, loadNow } from '../base/index.js'
import { FileNotFoundError, searched } from './errors.js'
import { isGlob, mustSearch, splitGlob } from './glob.js'
import { listLocal, local, statLocal } from './local.js'
import { remoteStore, schemeOf } from './remote.js'
import type { FileInfo, Store } from './store.js'

/**
 * The store that keeps a path which `resolveFiles` or `resolvePath` gave. With the `version` of a `FileInfo`, what it reads is
 * that very content, or `FileChangedError` is thrown.
 */
export function storeOf(path: string, version?: string): Store {
  const scheme = schemeOf(path)
  const store = scheme === 'file' ? local : remoteStore(scheme)
  if (version === undefined) return store
  return {
    ...store,
    read: (name, start, end) => store.read(name, start, end, version),
    stream: (name, start) => store.stream(name, start, version),
  }
}

/**
 * The absolute path that a name stands for: `~` is the home folder, `file:` URLs are understood, relative names start at
 * the current folder of the process; URLs of http:, https: and s3: stay what they are. Throws `ArgumentError` for other kinds.
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
  if (schemeOf(text.toLowerCase()) !== 'file') return remotePath(text, scheme!, name instanceof URL)
  if (name instanceof URL || (scheme !== undefined && text.startsWith('//', scheme.length + 1))) {
    throw new ArgumentError(`Files are named by paths and by file:, http:, https: and s3: URLs; there is no store for ${text}`)
  }
  return resolve(underHome(text) ? join(homedir(), text.slice(1)) : text)
}

function remotePath(text: string, scheme: string, isUrl: boolean): string {
  if (scheme === 's3') {
    const [, rest] = /^s3:\/\/(.*)$/is.exec(text)!
    return `s3://${isUrl ? decodeURIComponent(rest!) : rest}`
  }
  if (!URL.canParse(text)) throw new ArgumentError(`${text} is no URL`)
  const url = new URL(text)
  url.hash = ''
  return url.href
}

const underHome = (text: string): boolean => text === '~' || text.startsWith('~/')

// Not through path.resolve, which would fold a wildcard that stands before `..`.
function absoluteGlob(name: string | URL): string {
  if (name instanceof URL) return name.protocol === 'file:' ? fileURLToPath(name) : resolvePath(name)
  if (name.startsWith('file:')) return fileURLToPath(name)
  if (isAbsolute(name)) return name
  if (schemeOf(name.toLowerCase()) === 's3') return resolvePath(name)
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
export async function resolveFiles(patterns: FileNames): Promise<FileInfo[]> {
  const files: FileInfo[][] = []
  for (const wanted of wantedBy(patterns)) {
    const store = storeOf(wanted.path)
    const named =
      wanted.glob === undefined ? await store.stat(wanted.path) : wanted.literal && (await orMissing(store.stat(wanted.path)))
    files.push(named ? [named] : someOf(await store.list(wanted.glob!), wanted.glob!))
  }
  return withoutDuplicates(files)
}

/** The same at once. For files of servers this thread stands still until they have answered. */
export function resolveFilesSync(patterns: FileNames): FileInfo[] {
  const files: FileInfo[][] = []
  const everything = wantedBy(patterns)
  if (everything.some(({ path }) => schemeOf(path) !== 'file')) {
    const apart = loadNow(import.meta.url, './resolve-apart.js') as typeof import('./resolve-apart.js')
    return apart.resolveApart(namesOf(patterns).map((name) => (name instanceof URL ? absoluteGlob(name) : name)))
  }
  for (const wanted of everything) {
    const exists = wanted.glob === undefined || (wanted.literal && existsSync(wanted.path))
    files.push(exists ? [statLocal(wanted.path)] : someOf(listLocal(wanted.glob!), wanted.glob!))
  }
  return withoutDuplicates(files)
}

/** Names of files, globs, URLs. */
export type FileNames = string | URL | readonly (string | URL)[]

interface Wanted {
  readonly path: string
  /** When the name can be a glob: as an absolute one. */
  readonly glob?: string
  /** Whether what exists by the name is meant rather than the glob. */
  readonly literal?: boolean
}

function wantedBy(patterns: FileNames): Wanted[] {
  const names = namesOf(patterns)
  if (names.length === 0) throw new ArgumentError('No file is named: the list of files is empty')
  return names.map((name) => {
    const path = resolvePath(name)
    // A ? of an HTTP server's file begins its query, and nobody can search there.
    if (schemeOf(path) === 'http') return { path }
    const glob = absoluteGlob(name)
    return isGlob(glob) ? { path, glob, literal: !mustSearch(glob) } : { path }
  })
}

function namesOf(patterns: FileNames): readonly (string | URL)[] {
  return typeof patterns === 'string' || patterns instanceof URL ? [patterns] : patterns
}

function someOf(found: FileInfo[], glob: string): FileInfo[] {
  if (found.length > 0) return found
  if (schemeOf(glob) === 's3') {
    const folder = glob.slice(0, glob.lastIndexOf('/', glob.search(/[*?[{]|[!@+]\(/)) + 1)
    throw new FileNotFoundError(`No file matches ${glob}: nothing below ${folder} has such a name`, glob, folder)
  }
  const { folder } = splitGlob(glob)
  throw new FileNotFoundError(`No file matches ${glob}: ${searched(folder)}`, glob, folder)
}

async function orMissing(found: Promise<FileInfo>): Promise<FileInfo | undefined> {
  try {
    return await found
  } catch (error) {
    if (error instanceof FileNotFoundError) return undefined
    throw error
  }
}

function withoutDuplicates(files: readonly (readonly FileInfo[])[]): FileInfo[] {
  const byPath = new Map<string, FileInfo>()
  for (const file of files.flat()) if (!byPath.has(file.path)) byPath.set(file.path, file)
  return [...byPath.values()]
}

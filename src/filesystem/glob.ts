import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, resolve, sep } from 'node:path'

/** Whether a path asks for a search: it holds a wildcard, a class, alternatives or an extended pattern. */
export function isGlob(path: string): boolean {
  return /[*?]|\[[^\]]+\]|\{[^}]*(?:,|\.\.)[^}]*\}|[!@+]\([^)]*\)/.test(path)
}

/**
 * Whether a path can only be meant as a search. Without a star or a question mark, it may be the plain name of a file or
 * folder, such as `[draft] notes` or `{a,b}`: what exists by that name is meant.
 */
export function mustSearch(path: string): boolean {
  return /[*?]/.test(path)
}

/** An absolute glob in two: the folder before its first wildcard, and the pattern below that folder. */
export function splitGlob(glob: string): { folder: string; pattern: string } {
  const segments = (sep === '\\' ? glob.replaceAll('\\', '/') : glob).split('/')
  const literal = (count: number): string => resolve(`${segments.slice(0, count).join('/')}/`)
  let first = 1
  while (
    first < segments.length - 1 &&
    (!isGlob(segments[first]!) || (!mustSearch(segments[first]!) && existsSync(literal(first + 1))))
  ) {
    first++
  }
  return { folder: literal(first), pattern: segments.slice(first).join('/') }
}

/** The absolute paths of the files that match, in natural order. */
export async function searchGlob(glob: string): Promise<string[]> {
  const { glob: search } = await import('tinyglobby')
  const { folder, pattern } = splitGlob(glob)
  return found(await search(pattern, searchOptions(folder)))
}

/** The same as `searchGlob`, at once. */
export function searchGlobSync(glob: string): string[] {
  const { globSync } = createRequire(import.meta.url)('tinyglobby') as typeof import('tinyglobby')
  const { folder, pattern } = splitGlob(glob)
  return found(globSync(pattern, searchOptions(folder)))
}

function searchOptions(cwd: string): { cwd: string; absolute: true; onlyFiles: true; expandDirectories: false } {
  return { cwd, absolute: true, onlyFiles: true, expandDirectories: false }
}

function found(paths: readonly string[]): string[] {
  return sortNaturally([...new Set(paths.map((path) => resolve(path)))])
}

/** Orders paths as people do: numbers inside of names by value, folder by folder. The same on every machine. */
export function sortNaturally(paths: readonly string[]): string[] {
  const collator = new Intl.Collator('en', { numeric: true })
  return [...paths].sort(
    (a, b) =>
      collator.compare(dirname(a), dirname(b)) || collator.compare(basename(a), basename(b)) || (a < b ? -1 : a > b ? 1 : 0),
  )
}

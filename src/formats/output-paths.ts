import { extname, join, sep } from 'node:path'
import { ArgumentError } from '../base/index.js'
import { resolvePath, schemeOf } from '../filesystem/index.js'
import { positive } from './blocks.js'

/**
 * Where partitions are written: a path in which `*` becomes the number of the partition, a folder, a list with a path for
 * every partition, or a function that names the file of partition `index` of `count`.
 */
export type OutputTarget = string | URL | readonly (string | URL)[] | ((index: number, count: number) => string | URL)

/**
 * The absolute path of the file for each of `count` partitions, from 0. Numbers are padded with zeros, so that sorting by
 * name is sorting by number. A folder gets files called `0.txt`, `1.txt`, … with the `extension` given; a path that has an
 * extension and no `*` is a file, for a single partition. Nothing is created here: writing does that.
 *
 * Throws `ArgumentError` when two partitions would have the same file, or the target does not fit the count.
 * @example
 * outputPaths('/data/out/part-*.jsonl.gz', 12)   // /data/out/part-00.jsonl.gz … /data/out/part-11.jsonl.gz
 * outputPaths('/data/out', 3)                    // /data/out/0.txt, 1.txt, 2.txt
 * outputPaths(i => `/data/${'abc'[i]}.txt`, 3)   // /data/a.txt, b.txt, c.txt
 */
export function outputPaths(target: OutputTarget, count: number, extension = '.txt'): string[] {
  positive(count, 'the number of partitions')
  const paths = namesOf(target, count, extension).map(resolvePath)
  const seen = new Set<string>()
  for (const [i, path] of paths.entries()) {
    if (schemeOf(path) === 'http')
      throw new ArgumentError(`Nothing can be written to ${path}: files of HTTP servers are only read`)
    if (seen.has(path)) throw new ArgumentError(`Partitions ${paths.indexOf(path)} and ${i} would both be written to ${path}`)
    seen.add(path)
  }
  return paths
}

function namesOf(target: OutputTarget, count: number, extension: string): readonly (string | URL)[] {
  const indices = Array.from({ length: count }, (_, i) => i)
  if (typeof target === 'function') return indices.map((i) => target(i, count))
  if (typeof target !== 'string' && !(target instanceof URL)) {
    if (target.length === count) return target
    throw new ArgumentError(`${target.length} paths were given for ${count} partitions`)
  }
  const path = resolvePath(target)
  const [before, after, ...more] = path.split('*') as [string, ...string[]]
  if (more.length > 0) throw new ArgumentError(`${path} has more than one *, and only one can be the number of the partition`)
  const digits = String(count - 1).length
  const numbered = (start: string, end: string): string[] => indices.map((i) => start + String(i).padStart(digits, '0') + end)
  if (after !== undefined) return numbered(before, after)
  if (extname(path) === '' || /[/\\]$/.test(String(target)))
    return numbered(schemeOf(path) === 'file' ? join(path, sep) : path.replace(/\/*$/, '/'), extension)
  if (count === 1) return [path]
  const suggestion = `${path.slice(0, path.length - extname(path).length)}-*${extname(path)}`
  throw new ArgumentError(
    `${path} is one file, but there are ${count} partitions: write ${suggestion}, or name a folder with a / at its end`,
  )
}

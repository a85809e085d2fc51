import { closeSync, openSync, readSync, writeSync } from 'node:fs'
import { quoteText } from '../sql/literal.js'

/** SQL that gives the rows of some bytes of a file of text, which whole rows lie in. */
export interface RangeSql {
  /** with a mark for the file that it reads: a copy of these bytes */
  readonly sql: string
  readonly path: string
  readonly start: number
  readonly end: number
}

/** What one partition reads of files. */
export type OwnSql = string | RangeSql

/** What stands for the copy in the SQL of a range. No other text of a statement can hold a NUL. */
export const rangeMark = '\0range\0'

const pieceBytes = 4 << 20

/** The statement to run: bytes of a file are copied to `target` first, since DuckDB reads whole files of text only. */
export function ownSql(own: OwnSql, target: string): string {
  if (typeof own === 'string') return own
  copyRange(own, target)
  return own.sql.replaceAll(rangeMark, () => quoteText(target))
}

function copyRange({ path, start, end }: RangeSql, target: string): void {
  const from = openSync(path, 'r')
  try {
    const to = openSync(target, 'w', 0o600)
    try {
      const buffer = Buffer.allocUnsafe(Math.min(pieceBytes, Math.max(1, end - start)))
      for (let at = start; at < end; ) {
        const length = readSync(from, buffer, 0, Math.min(buffer.length, end - at), at)
        if (length === 0) break
        for (let done = 0; done < length; ) done += writeSync(to, buffer, done, length - done)
        at += length
      }
    } finally {
      closeSync(to)
    }
  } finally {
    closeSync(from)
  }
}

/** The same for people. */
export function shownOwnSql(own: OwnSql): string {
  if (typeof own === 'string') return own
  return own.sql.replaceAll(rangeMark, () => `${quoteText(own.path)} /* bytes ${own.start} to ${own.end} */`)
}

/** A message about copies as one about the files that they were made of. Lines in it are counted from the first of these bytes. */
export function aboutFiles(message: string, own: readonly OwnSql[], targetOf: (i: number) => string): string {
  return own.reduce<string>(
    (text, each, i) =>
      typeof each === 'string' ? text : text.replaceAll(targetOf(i), () => `${each.path}, from byte ${each.start}`),
    message,
  )
}

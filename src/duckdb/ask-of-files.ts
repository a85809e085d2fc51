import { statSync } from 'node:fs'
import { askNow } from './describe-now.js'
import type { ResultColumn } from './result-rows.js'

type Rows = ReturnType<typeof askNow>

/** So many answers are kept, of no more than so many texts together. */
const mostAnswers = 200
const mostTexts = 200_000
/** What was written less than so many milliseconds ago may be written again with the same times. */
const settled = 3000

/** What files were when something was asked about them, with the answer. */
interface Known {
  readonly state: string
  readonly rows: Rows
  readonly texts: number
}

const known = new Map<string, Known>()
let texts = 0

/**
 * What `askNow` gives of a statement about files. A program asks the same of the same files with every question that it has
 * about their rows: while they are as they were, the answer is what it was.
 *
 * @param files all that the statement reads
 * @param bytes how much it reads: the longer it may take
 * @throws QueryError for files that cannot be read and statements that are wrong
 */
export function askOfFiles(sql: string, files: readonly string[], bytes = 0): Rows {
  const state = stateOf(files)
  const before = known.get(sql)
  if (before !== undefined) {
    forget(sql, before)
    if (before.state === state) return keep(sql, before)
  }
  const rows = askNow(sql, bytes)
  // What was changed while it was read has another state now.
  return state === undefined || stateOf(files) !== state
    ? rows
    : keep(sql, { state, rows, texts: rows.length * (rows[0]?.length ?? 0) })
}

/** The columns that a statement about files would give. See `askOfFiles`. */
export function describeFiles(select: string, files: readonly string[], bytes = 0): readonly ResultColumn[] {
  return askOfFiles(`DESCRIBE ${select}`, files, bytes).map(([name, type]) => ({ name: name!, type: type! }))
}

/** Tells files apart from what they are after a change; undefined: one is too new to tell. */
function stateOf(files: readonly string[]): string | undefined {
  const newest = BigInt(Date.now() - settled) * 1_000_000n
  const states: string[] = []
  for (const file of files) {
    const stats = statSync(file, { bigint: true, throwIfNoEntry: false })
    if (stats === undefined || stats.mtimeNs > newest || stats.ctimeNs > newest) return undefined
    states.push(`${stats.dev} ${stats.ino} ${stats.size} ${stats.mtimeNs} ${stats.ctimeNs}`)
  }
  return states.join('\n')
}

function keep(sql: string, answer: Known): Rows {
  known.set(sql, answer)
  texts += answer.texts
  // The first of a map is what nobody has asked for the longest.
  for (const [oldest, { texts: its }] of known) {
    if (known.size <= mostAnswers && texts <= mostTexts) break
    known.delete(oldest)
    texts -= its
  }
  return answer.rows
}

function forget(sql: string, answer: Known): void {
  known.delete(sql)
  texts -= answer.texts
}

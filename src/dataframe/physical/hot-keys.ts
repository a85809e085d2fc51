import type { JoinHow } from '../plan/relation.js'

export type Side = 'left' | 'right'

/** A hash of keys that many rows have, and how many partitions those are dealt out to, in turn from the one that is theirs. */
export type HotKey = readonly [hash: string, partitions: number]

/** The keys of a join of which one side's rows are dealt out to several partitions; those of the other go to all of these. */
export type HotKeysFound = Readonly<Record<Side, readonly HotKey[]>>

/** The sides whose rows may be dealt out to several partitions: each is in the result once, or as often as it has matches. */
export const spreadSides: Readonly<Record<JoinHow, readonly Side[]>> = {
  inner: ['left', 'right'],
  left: ['left'],
  semi: ['left'],
  anti: ['left'],
  right: ['right'],
  full: [],
  cross: [],
}

/** What a sample of a partition's keys is, as SQL: how often it has each hash, and how large it is. */
export function keySampleSql(key: string, sql: string): string {
  const sampled = `SELECT ${key} AS h FROM (${sql}) AS rows USING SAMPLE reservoir(2000 ROWS) REPEATABLE (1)`
  return `SELECT h, count(*) AS n, CAST(sum(count(*)) OVER () AS DOUBLE) AS total FROM (${sampled}) AS sampled GROUP BY h`
}

/**
 * The partition of a row, as SQL: of hot keys of the row's side one of several, of those of the other side all of several, so that
 * such a row is there several times.
 * @param key SQL of the hash
 * @param isKey SQL that says whether a row can match at all: null equals nothing
 */
export function spreadSql(key: string, isKey: string, outputs: number, hot: HotKeysFound, side: Side): string {
  const many = (keys: readonly HotKey[]) =>
    `CASE ${key} ${keys.map(([hash, partitions]) => `WHEN ${hash}::UBIGINT THEN ${partitions}`).join(' ')} ELSE 1 END`
  const own = hot[side]
  const other = hot[side === 'left' ? 'right' : 'left']
  const terms = [`CAST(${key} % ${outputs} AS BIGINT)`]
  if (own.length > 0) terms.push(`CAST(floor(random() * ${many(own)}) AS BIGINT)`)
  if (other.length > 0) terms.push(`unnest(range(0, CASE WHEN ${isKey} THEN ${many(other)} ELSE 1 END))`)
  return `CAST((${terms.join(' + ')}) % ${outputs} AS INTEGER)`
}

import { askOfFiles } from '../../duckdb/index.js'
import { type Relation, mapRelation } from '../plan/relation.js'
import { type Scalar, conjuncts, hasWindow } from '../plan/scalar.js'
import { classOf } from '../plan/type.js'
import { literalSql, quoteText } from '../sql/literal.js'

type Scan = Relation & { kind: 'scan' }

/** Files whose statistics rule out a condition are not read, nor more files than a limit needs. */
export function pruneFiles(plan: Relation): Relation {
  return mapRelation(plan, (relation) => {
    if (relation.kind === 'filter' && isPrunable(relation.input)) {
      const files = mayHold(relation.input, conjuncts(relation.predicate))
      return files.length === relation.input.files.length ? relation : { ...relation, input: { ...relation.input, files } }
    }
    if (relation.kind === 'limit' && relation.count !== Infinity) {
      const input = withFewFiles(relation.input, relation.count + relation.offset)
      return input === relation.input ? relation : { ...relation, input }
    }
    return relation
  })
}

function isPrunable(relation: Relation): relation is Scan {
  return relation.kind === 'scan' && relation.format === 'parquet' && relation.files.length > 1
}

function withFewFiles(relation: Relation, rows: number): Relation {
  if (relation.kind === 'project' && !relation.values.some(([, value]) => hasWindow(value))) {
    const input = withFewFiles(relation.input, rows)
    return input === relation.input ? relation : { ...relation, input }
  }
  if (!isPrunable(relation)) return relation
  let found = 0
  let used = 0
  // Most often the first file is enough: not all are opened to see it.
  for (let asked = 1; used < relation.files.length && found < rows; asked *= 4) {
    const some = relation.files.slice(used, used + asked)
    const counts = askOfFiles(`SELECT file_name, num_rows FROM parquet_file_metadata(${list(some)})`, some)
    const byFile = new Map(counts.map(([file, count]) => [file!, Number(count)]))
    for (const file of some) {
      if (found >= rows) break
      found += byFile.get(file) ?? 0
      used++
    }
  }
  const files = relation.files.slice(0, Math.max(1, used))
  return files.length === relation.files.length ? relation : { ...relation, files }
}

/** The operators with which a part is false of all rows of a file: of its largest, or of its smallest value. */
const impossible: Readonly<Record<string, readonly (readonly [which: 'min' | 'max', operator: string])[]>> = {
  '>': [['max', '<=']],
  '>=': [['max', '<']],
  '<': [['min', '>=']],
  '<=': [['min', '>']],
  '=': [
    ['max', '<'],
    ['min', '>'],
  ],
}

function mayHold(scan: Scan, parts: readonly Scalar[]): readonly string[] {
  const tests = parts.flatMap((part): string[] => {
    if (part.kind !== 'call' || !Object.hasOwn(impossible, part.name)) return []
    const [a, b] = part.args
    if (a?.kind !== 'column' || b?.kind !== 'literal' || b.value === null) return []
    const kind = classOf(a.type)
    // Texts may be cut in statistics, NaN is in none.
    if (kind !== 'integer' && kind !== 'long' && kind !== 'date') return []
    const path = quoteText(a.name)
    const value = literalSql(b.value, b.type)
    const own = (column: string) => `CASE WHEN path_in_schema = ${path} THEN TRY_CAST(${column} AS ${a.type.sql}) END`
    const unknown = `bool_or(path_in_schema = ${path} AND stats_null_count IS DISTINCT FROM num_values AND (TRY_CAST(stats_min_value AS ${a.type.sql}) IS NULL OR TRY_CAST(stats_max_value AS ${a.type.sql}) IS NULL))`
    const no = impossible[part.name]!.map(([which, operator]) => `${which}(${own(`stats_${which}_value`)}) ${operator} ${value}`)
    return [`(${unknown} OR NOT coalesce(${no.join(' OR ')}, false))`]
  })
  if (tests.length === 0) return scan.files
  const rows = askOfFiles(
    `SELECT file_name FROM parquet_metadata(${list(scan.files)}) GROUP BY file_name HAVING ${tests.join(' AND ')}`,
    scan.files,
  )
  const kept = new Set(rows.map(([file]) => file!))
  // Files without row groups have no statistics, and no rows; DuckDB wants one to know the columns from.
  const files = scan.files.filter((file) => kept.has(file))
  return files.length === 0 ? scan.files.slice(0, 1) : files
}

function list(files: readonly string[]): string {
  return `[${files.map(quoteText).join(', ')}]`
}

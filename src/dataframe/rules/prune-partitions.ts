import { type Relation, mapRelation } from '../plan/relation.js'
import { type Scalar, conjuncts } from '../plan/scalar.js'

/** Files of folders such as `year=2024/` that a condition rules out are not read. */
export function prunePartitions(plan: Relation): Relation {
  return mapRelation(plan, (relation) => {
    if (relation.kind !== 'filter' || relation.input.kind !== 'scan') return relation
    const scan = relation.input
    const parts = conjuncts(relation.predicate)
    const files = scan.files.filter((file) => {
      const keys = hiveKeys(file)
      return parts.every((part) => mayHold(part, keys))
    })
    // DuckDB wants a file to know the columns from.
    const kept = files.length === 0 ? scan.files.slice(0, 1) : files
    return kept.length === scan.files.length ? relation : { ...relation, input: { ...scan, files: kept } }
  })
}

/** What the folders of a file say about its rows. */
export function hiveKeys(file: string): ReadonlyMap<string, string> {
  const keys = new Map<string, string>()
  for (const [, name, value] of file.matchAll(/(?:^|[/\\])([^/\\=]+)=([^/\\]*)(?=[/\\])/g))
    keys.set(name!, decodeURIComponent(value!))
  return keys
}

function mayHold(part: Scalar, keys: ReadonlyMap<string, string>): boolean {
  if (part.kind !== 'call') return true
  if (part.name === 'OR') return part.args.some((arg) => mayHold(arg, keys))
  if (part.name === 'AND') return part.args.every((arg) => mayHold(arg, keys))
  const [a, b] = part.args
  if (a?.kind !== 'column' || b?.kind !== 'literal' || b.value === null || !keys.has(a.name)) return true
  const value = keys.get(a.name)!
  if (typeof b.value === 'string') return part.name === '=' || part.name === 'IS NOT DISTINCT FROM' ? value === b.value : true
  if (typeof b.value !== 'number' || value.trim() === '' || Number.isNaN(Number(value))) return true
  const number = Number(value)
  switch (part.name) {
    case '=':
    case 'IS NOT DISTINCT FROM':
      return number === b.value
    case '<':
      return number < b.value
    case '<=':
      return number <= b.value
    case '>':
      return number > b.value
    case '>=':
      return number >= b.value
    default:
      return true
  }
}

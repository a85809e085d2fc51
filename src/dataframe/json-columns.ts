import { askOfFiles } from '../duckdb/index.js'
import { ColumnError } from './errors.js'
import { quoteName, quoteText } from './sql/literal.js'

/** What a value of JSON is called, by the words of DuckDB. */
const kinds: Readonly<Record<string, string>> = {
  VARCHAR: 'texts',
  BOOLEAN: 'true and false',
  OBJECT: 'objects',
  ARRAY: 'lists',
}

/**
 * A column of files of JSON whose values have no type in common would come as the text of each value, numbers and all.
 *
 * @throws ColumnError that says what the values are, and where
 */
export function checkKinds(files: readonly string[], options: readonly string[], column: string, bytes: number): void {
  const name = quoteName(column)
  const source = `[${files.map(quoteText).join(', ')}], ${options.join(', ')}, columns = {${quoteText(column)}: 'JSON'}, filename = true`
  const found = askOfFiles(
    `SELECT json_type(${name}), min(filename) FROM read_json(${source}) WHERE ${name} IS NOT NULL GROUP BY ALL ORDER BY 1`,
    files,
    bytes,
  )
  const fileOf = new Map<string, string>()
  for (const [type, file] of found) if (type !== 'NULL') fileOf.set(kinds[type!] ?? 'numbers', file!)
  const [first, second] = fileOf
  if (first === undefined || second === undefined) return
  throw new ColumnError(
    `${second[1]}: "${column}" is ${second[0]} in some rows and ${first[0]} in others${first[1] === second[1] ? '' : ` (of ${first[1]})`}: a column has one type. Make them the same before, or read the file with readJson() of heddle/bag, whose items may be anything.`,
  )
}

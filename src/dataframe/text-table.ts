/** Rows as an aligned table: numbers to the right, everything else to the left. */
export function textTable(columns: readonly string[], rows: readonly Readonly<Record<string, unknown>>[]): string {
  const cells = rows.map((row) => columns.map((name) => cellText(row[name])))
  const widths = columns.map((name, i) => Math.max(name.length, ...cells.map((row) => row[i]!.length)))
  const right = columns.map((name) => rows.some((row) => typeof row[name] === 'number' || typeof row[name] === 'bigint'))
  const line = (texts: readonly string[]) =>
    texts
      .map((text, i) => (right[i] === true ? text.padStart(widths[i]!) : text.padEnd(widths[i]!)))
      .join('  ')
      .trimEnd()
  return [line(columns), ...cells.map(line)].join('\n')
}

const longest = 40

function cellText(value: unknown): string {
  if (value === null || value === undefined) return 'null'
  if (value instanceof Date)
    return value
      .toISOString()
      .replace(/T00:00:00\.000Z$/, '')
      .replace(/\.000Z$/, 'Z')
  if (typeof value === 'object')
    return JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? String(part) : part))
  const text = String(value as string | number | bigint | boolean).replace(/\n/g, '\\n')
  return text.length > longest ? `${text.slice(0, longest - 1)}…` : text
}

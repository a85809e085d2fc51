import { fitText, textWidth } from './text-width.js'

/** See `formatTable`. */
export function alignColumns(heads: readonly string[] | undefined, rows: readonly (readonly string[])[], align: string): string {
  const all = heads ? [heads, ...rows] : rows
  const widths = Array.from(align, (_, c) => Math.max(0, ...all.map((row) => textWidth(row[c] ?? ''))))
  const lines = all.map((row) =>
    widths
      .map((width, c) =>
        align[c] === 'r' ? ' '.repeat(width - textWidth(row[c] ?? '')) + (row[c] ?? '') : fitText(row[c] ?? '', width),
      )
      .join('  ')
      .trimEnd(),
  )
  return lines.join('\n')
}

import type { Chunks } from './chunks.js'
import { shapeOf } from './chunks.js'

/** Lines that are drawn at most along an axis. */
const MOST_LINES = 60

/**
 * A picture of how an array is cut, as SVG: its last two axes as a table, the one before as depth; the others are in the text.
 *
 * @param width of the longest side, in pixels
 */
export function drawChunks(chunks: Chunks, dtype: string, width = 200): string {
  const shape = shapeOf(chunks)
  const known = shape.map((n) => (Number.isFinite(n) && n > 0 ? n : 1))
  const most = Math.max(1, ...known)
  // Short sides stay visible beside long ones.
  const side = (n: number): number => Math.max(12, width * (n / most) ** 0.5)
  const axes = known.slice(-3)
  const lengths = chunks.slice(-3)
  const columns = axes.at(-1) ?? 1
  const rows = axes.length > 1 ? axes.at(-2)! : 1
  const depth = axes.length > 2 ? axes[0]! : 0
  const [w, h, d] = [side(columns), axes.length > 1 ? side(rows) : 24, depth > 0 ? side(depth) * 0.4 : 0]
  const [left, top] = [10 + d, 10 + d]
  const parts: string[] = []
  const line = (x1: number, y1: number, x2: number, y2: number): void => {
    parts.push(`<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}"/>`)
  }
  if (depth > 0) {
    for (const p of cuts(lengths[0]!, d)) {
      line(left - p, top - p, left - p + w, top - p)
      line(left - p, top - p, left - p, top - p + h)
    }
    for (const p of cuts(lengths.at(-1)!, w)) line(left + p, top, left + p - d, top - d)
    for (const p of cuts(lengths.at(-2)!, h)) line(left, top + p, left - d, top + p - d)
  }
  parts.push(
    `<rect x="${round(left)}" y="${round(top)}" width="${round(w)}" height="${round(h)}" fill="#f4d6a0" fill-opacity="0.7"/>`,
  )
  for (const p of cuts(lengths.at(-1) ?? [1], w)) line(left + p, top, left + p, top + h)
  if (lengths.length > 1) for (const p of cuts(lengths.at(-2)!, h)) line(left, top + p, left + w, top + p)
  const text = `${dtype} [${shape.map((n) => (Number.isNaN(n) ? '?' : n)).join(', ')}], ${chunks.reduce((n, l) => n * l.length, 1)} chunks`
  parts.push(
    `<text x="10" y="${round(top + h + 20)}" font-family="sans-serif" font-size="12" stroke="none" fill="currentColor">${text}</text>`,
  )
  const [totalWidth, totalHeight] = [Math.max(left + w + 10, text.length * 7), top + h + 30]
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${round(totalWidth)}" height="${round(totalHeight)}" stroke="#333" stroke-width="1" role="img" aria-label="${text}">${parts.join('')}</svg>`
}

const round = (x: number): number => Math.round(x * 10) / 10

/** Where the cuts of an axis are on a side of this length; of very many some. */
function cuts(lengths: readonly number[], side: number): number[] {
  const known = lengths.map((n) => (Number.isFinite(n) && n > 0 ? n : 1))
  const total = known.reduce((n, m) => n + m, 0)
  const all = [0]
  let at = 0
  for (const n of known) all.push(((at += n) / total) * side)
  if (all.length <= MOST_LINES) return all
  const step = Math.ceil(all.length / MOST_LINES)
  return all.filter((_, i) => i % step === 0 || i === all.length - 1)
}

import { mkdirSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import type { Benchmark, BenchmarkResult, Measurement } from './benchmark.js'
import { peerVersions } from './peer-versions.js'

const head = ['what', 'heddle', 'peer', "the peer's", 'ratio', 'target', 'reached', 'limit'] as const
type Line = readonly string[]

/** The lines of a table: one for each peer of a measurement, or one without. */
function linesOf({ what, unit, ours, moreIsBetter = false, peers = [], goal, limit }: Measurement): Line[] {
  const own = `${figure(ours)} ${unit}`
  const best = limit
    ? `${figure(limit.figure)} ${unit}, ${limit.what} (${figure(times(limit.figure, ours, moreIsBetter))} of it)`
    : ''
  const lines: Line[] = peers.map((peer, i) => {
    const ratio = peer.ratio ?? times(ours, peer.figure, moreIsBetter)
    const target = peer.target === undefined ? '' : `≥ ${peer.target}×`
    const reached = peer.target === undefined ? '' : yes(ratio >= peer.target)
    const first = i === 0 && goal === undefined
    return [
      first ? what : '',
      first ? own : '',
      peer.name,
      `${figure(peer.figure)} ${unit}`,
      `${figure(ratio)}×`,
      target,
      reached,
      first ? best : '',
    ]
  })
  if (lines.length > 0 && goal === undefined) return lines
  const target = goal === undefined ? '' : `${moreIsBetter ? '≥' : '≤'} ${figure(goal)} ${unit}`
  const reached = goal === undefined ? '' : yes(moreIsBetter ? ours >= goal : ours <= goal)
  return [[what, own, '', '', '', target, reached, best], ...lines]
}

/** How many times better `one` is than `other`. */
function times(one: number, other: number, moreIsBetter: boolean): number {
  return moreIsBetter ? one / other : other / one
}

function yes(reached: boolean): string {
  return reached ? 'yes' : 'NO'
}

/** Three digits that mean something. */
function figure(x: number): string {
  if (!Number.isFinite(x)) return String(x)
  const digits = x === 0 ? 0 : Math.max(0, 2 - Math.floor(Math.log10(Math.abs(x))))
  return x.toFixed(Math.min(digits, 3))
}

/** A table for the terminal. */
export function formatTable(measurements: readonly Measurement[]): string {
  const lines = [head, ...measurements.flatMap(linesOf)]
  const used = head.map((_, column) => lines.slice(1).some((line) => line[column] !== ''))
  const widths = head.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)))
  const format = (line: Line): string =>
    line
      .map((cell, column) =>
        column === 1 || column === 3 || column === 4 ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!),
      )
      .filter((_, column) => used[column])
      .join('  ')
      .trimEnd()
  return lines.map(format).join('\n')
}

/** Writes what came out of a benchmark to a file of its own. */
export function writeResult(folder: string, { name, title }: Benchmark, result: BenchmarkResult, command: string): void {
  mkdirSync(folder, { recursive: true })
  const lines = [head, head.map(() => '---'), ...result.measurements.flatMap(linesOf)]
  const text = [
    `# ${name}: ${title}`,
    `\`${command}\` · ${machine()}. Peers: ${peerVersions()}.`,
    lines.map((line) => `| ${line.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`).join('\n'),
    [...result.notes, ...(result.skipped ?? []).map((line) => `Skipped: ${line}.`)].map((note) => `* ${note}`).join('\n'),
  ]
  // The tables are of the oldest Node there is support for; those of another stand beside them.
  const node = process.versions.node.split('.')[0]
  const of = node === '20' ? '' : `-node${node}`
  writeFileSync(join(folder, `${name}${of}.md`), `${text.join('\n\n')}\n`)
}

/** What it ran on, without saying whose it is. */
export function machine(): string {
  const model = cpus()[0]?.model.trim() ?? 'an unknown processor'
  const cores = availableParallelism()
  const memory = Math.round(totalmem() / 2 ** 30)
  const date = new Date().toISOString().slice(0, 10)
  return `${model}, ${cores} ${cores === 1 ? 'core' : 'cores'}, ${memory} GiB, ${process.platform} ${process.arch}, Node ${process.versions.node}, ${date}`
}

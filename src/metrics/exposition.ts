/** One measured value: its labels, and how much. */
export interface Sample {
  readonly labels?: Readonly<Record<string, string | number>>
  readonly value: number
}

/** All values of one metric. */
export interface MetricFamily {
  /** without the prefix `heddle_`; those of counters end in `_total` */
  readonly name: string
  /** a sentence, without a full stop */
  readonly help: string
  readonly type: 'counter' | 'gauge'
  readonly samples: readonly Sample[]
}

export const EXPOSITION_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

/**
 * Metrics as Prometheus reads them. Families without a value are left out.
 *
 * Source: the text exposition format, https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export function formatMetrics(families: readonly MetricFamily[]): string {
  const lines: string[] = []
  for (const { name, help, type, samples } of families) {
    if (samples.length === 0) continue
    lines.push(`# HELP heddle_${name} ${escaped(help, false)}`, `# TYPE heddle_${name} ${type}`)
    for (const { labels = {}, value } of samples) {
      const list = Object.entries(labels).map(([label, text]) => `${label}="${escaped(String(text), true)}"`)
      lines.push(`heddle_${name}${list.length > 0 ? `{${list.join(',')}}` : ''} ${number(value)}`)
    }
  }
  return lines.map((line) => `${line}\n`).join('')
}

function escaped(text: string, inQuotes: boolean): string {
  const plain = text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
  return inQuotes ? plain.replaceAll('"', '\\"') : plain
}

function number(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  return Number.isFinite(value) ? String(value) : value > 0 ? '+Inf' : '-Inf'
}

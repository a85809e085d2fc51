// What the compiler has to do for a chain of a hundred operations over a schema of sixty columns.
import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../docs/page-program.js'

const columns = Array.from({ length: 60 }, (_, i) => `c${i}: ${['number', 'string', 'number | null', 'Date', 'boolean'][i % 5]!}`)
const steps = [
  (i: number) => `.filter((r) => r.c0 > ${i})`,
  (i: number) => `.assign({ n${i}: (r) => r.c0 + r.c5 })`,
  () => ".sort('c0', { descending: true })",
  (i: number) => `.fillNa({ c2: ${i} })`,
  (i: number) => `.rename({ n${i - 3}: 'm${i}' })`,
  (i: number) => `.drop('m${i - 1}')`,
  () => ".distinct('c1')",
  () => ".join(other, { on: 'c1', how: 'left' }).drop('extra')",
  () => ".dropNa('c7')",
  (i: number) => `.limit(${1000 - i})`,
]
const chain = Array.from({ length: 100 }, (_, i) => steps[i % steps.length]!(i)).join('\n  ')
const program = (body: string) => `import { type DataFrame, count, fromRecords, mean, readParquet } from 'heddle/dataframe'
type Row = { ${columns.join('; ')} }
const frame = readParquet<Row>('x')
const other = fromRecords([{ c1: 'a', extra: 1 }])
${body}
export type { DataFrame }
export { frame, other, count, mean }
`

/** A program that imports what the other does, and calls none of it. */
export const noOperations = program('')
export const hundredOperations = program(
  `const last = frame\n  ${chain}\nconst groups = last.groupBy('c1').agg({ n: count(), mean: (r) => mean(r.c0) })\nexport { groups }`,
)

export interface Compiled {
  readonly instantiations: number
  /** how long the compiler checked types, in seconds, as it says */
  readonly checking: number
  /** how long it took with its start, reading and parsing, in seconds */
  readonly whole: number
  /** the lines of its output that name one */
  readonly errors: readonly string[]
}

/** Compiles a program, in a folder where packages are found. */
export function compile(name: string, text: string): Compiled {
  const folder = join(root, 'dist/pages/compile-cost')
  mkdirSync(folder, { recursive: true })
  const file = join(folder, `${name}.ts`)
  writeFileSync(file, text)
  const flags =
    '--noEmit --ignoreConfig --strict --skipLibCheck --module nodenext --target es2022 --types node --extendedDiagnostics'
  const started = performance.now()
  const { stdout } = spawnSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), ...flags.split(' '), file], {
    encoding: 'utf8',
    timeout: 120_000,
  })
  const whole = (performance.now() - started) / 1000
  rmSync(file)
  const number = (label: string) => Number(new RegExp(`${label}:\\s+([\\d.]+)`).exec(stdout)?.[1] ?? NaN)
  const errors = stdout.split('\n').filter((line) => line.includes('error TS'))
  return { instantiations: number('Instantiations'), checking: number('Check time'), whole, errors }
}

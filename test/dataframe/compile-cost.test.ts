// What the compiler has to do for a chain of a hundred operations over a schema of sixty columns, and to compare dataframes.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { root } from '../docs/page-program.js'

const folder = join(root, 'dist/pages/compile-cost')
after(() => rmSync(folder, { recursive: true, force: true }))

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

/** Compiles a program. `errors`: the lines of its output that name one. */
function compile(name: string, program: string): { instantiations: number; seconds: number; errors: string[] } {
  mkdirSync(folder, { recursive: true })
  const file = join(folder, `${name}.ts`)
  writeFileSync(file, program)
  const flags =
    '--noEmit --ignoreConfig --strict --skipLibCheck --module nodenext --target es2022 --types node --extendedDiagnostics'
  const { stdout } = spawnSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), ...flags.split(' '), file], {
    encoding: 'utf8',
    timeout: 120_000,
  })
  const number = (label: string) => Number(new RegExp(`${label}:\\s+([\\d.]+)`).exec(stdout)?.[1] ?? NaN)
  const errors = stdout.split('\n').filter((line) => line.includes('error TS'))
  return { instantiations: number('Instantiations'), seconds: number('Check time'), errors }
}

test('a hundred mixed operations are checked in a second', () => {
  const chain = Array.from({ length: 100 }, (_, i) => steps[i % steps.length]!(i)).join('\n  ')
  const program = (body: string) => `import { type DataFrame, count, fromRecords, mean, readParquet } from 'heddle/dataframe'
type Row = { ${columns.join('; ')} }
const frame = readParquet<Row>('x')
const other = fromRecords([{ c1: 'a', extra: 1 }])
${body}
export type { DataFrame }
export { frame, other, count, mean }
`
  const check = (name: string, body: string) => {
    const { errors, ...cost } = compile(name, program(body))
    assert.deepEqual(errors, [])
    return cost
  }
  const nothing = check('nothing', '')
  const whole = check(
    'whole',
    `const last = frame\n  ${chain}\nconst groups = last.groupBy('c1').agg({ n: count(), mean: (r) => mean(r.c0) })\nexport { groups }`,
  )
  // Seconds depend on who else uses the machine; the work does not.
  assert.ok(whole.instantiations - nothing.instantiations < 600_000, JSON.stringify({ nothing, whole }))
  if (process.env['TEST_SECONDS'] !== undefined) assert.ok(whole.seconds < 1, JSON.stringify({ nothing, whole }))
})

test('that a dataframe of other columns is another type is known at once', () => {
  const cost = compile(
    'other-columns',
    `import type { DataFrame, GroupBy } from 'heddle/dataframe'
declare const frame: DataFrame<{ x: number; k: string }>
export const wider: DataFrame<{ x: number | null; k: string }> = frame
export const groups: GroupBy<{ x: number | null; k: string }, 'k'> = frame.groupBy('k')
`,
  )
  assert.equal(cost.errors.length, 2, cost.errors.join('\n'))
  // To compare all methods, with all that they give, takes millions, and minutes.
  assert.ok(cost.instantiations < 100_000, JSON.stringify(cost))
})

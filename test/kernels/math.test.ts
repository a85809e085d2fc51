import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { KernelRunner, type Operation, ProgramBuilder, contiguousBlock } from '../../src/kernels/index.js'
import { memories } from './numbers.js'

const file = fileURLToPath(new URL('../../../test/oracle/fixtures/math-functions.json', import.meta.url))
const fixtures = JSON.parse(readFileSync(file, 'utf8')) as Record<string, { args: string[]; expected: string }>

/** The one place where a fixture is read: little-endian float64. */
function floats(text: string): Float64Array {
  const bytes = Buffer.from(text, 'base64')
  return new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength))
}

/** How many float64 lie between two. */
function steps(a: number, b: number): number {
  const order = (x: number): bigint => {
    const bits = new BigInt64Array(Float64Array.of(x).buffer)[0]!
    return bits < 0n ? -(bits & 0x7fffffffffffffffn) : bits
  }
  const difference = order(a) - order(b)
  return Number(difference < 0n ? -difference : difference)
}

const { memory, wide } = memories.at(-1)!
const runner = new KernelRunner(memory, { wide })

function run(operation: Operation, args: readonly Float64Array[]): Float64Array {
  const n = args[0]!.length
  const p = new ProgramBuilder()
  p.map(p.apply(operation, ...args.map(() => p.input('float64'))))
  const block = (i: number) => contiguousBlock(64 + i * 65_536, 'float64', [n])
  args.forEach((a, i) => new Float64Array(memory.buffer, block(i).address, n).set(a))
  runner.map(
    p.build(),
    args.map((_, i) => block(i)),
    [block(3)],
  )
  return new Float64Array(memory.buffer, block(3).address, n).slice()
}

/** Two steps where fdlibm's own formulas take them; one for all others. */
const twoSteps: readonly string[] = ['sinh', 'cosh', 'tanh', 'arccosh']

for (const [name, { args, expected }] of Object.entries(fixtures)) {
  const most = twoSteps.includes(name) ? 2 : 1

  test(`${name} is within ${most === 1 ? 'one step' : 'two steps'} of the correctly rounded result, everywhere`, () => {
    const given = args.map(floats)
    const exact = floats(expected)
    const got = run(name as Operation, given)
    for (const [i, value] of got.entries()) {
      const at = given.map((g) => g[i]).join(', ')
      if (Number.isNaN(exact[i]) || exact[i] === 0 || !Number.isFinite(exact[i]))
        assert.ok(Object.is(value, exact[i]), `${name}(${at}) is ${value} instead of ${exact[i]}`)
      else {
        assert.ok(
          steps(value, exact[i]!) <= most,
          `${name}(${at}) is ${value}, ${steps(value, exact[i]!)} steps from ${exact[i]}`,
        )
      }
    }
  })

  test(`${name} of an element does not depend on its neighbours`, () => {
    const given = args.map(floats)
    const together = run(name as Operation, given)
    for (const shift of [1, 2, 3, 7]) {
      const alone = run(
        name as Operation,
        given.map((g) => g.subarray(shift)),
      )
      assert.deepEqual(alone, together.subarray(shift))
    }
  })
}

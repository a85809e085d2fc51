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
      // As arrays: typed ones are compared by their bytes, and which bits a NaN has WebAssembly leaves to the engine.
      assert.deepEqual(Array.from(alone), Array.from(together.subarray(shift)))
    }
  })
}

/** How many float32 lie between two. */
function singleSteps(a: number, b: number): number {
  const order = (x: number): number => {
    const bits = new Int32Array(Float32Array.of(x).buffer)[0]!
    return bits < 0 ? -(bits & 0x7fffffff) : bits
  }
  return Math.abs(order(a) - order(b))
}

test('exp of float32 is within two steps of the nearest number, everywhere, whatever stands beside an element', () => {
  const special = [
    0,
    -0,
    1,
    -1,
    87,
    86.99999,
    -87,
    88.72283,
    88.72284,
    -87.33655,
    -103.97208,
    -104,
    1e-45,
    Infinity,
    -Infinity,
    NaN,
  ]
  // Of every sign and size; and closely where results are numbers.
  const everywhere = Array.from({ length: 4096 }, (_, i) => new Float32Array(Int32Array.of(i * 1_048_573).buffer)[0]!)
  const close = Array.from({ length: 8192 }, (_, i) => -104 + (i * 193) / 8192)
  const x = Float32Array.of(...special, ...everywhere, ...close)
  const p = new ProgramBuilder()
  p.map(p.apply('exp', p.input('float32')))
  const program = p.build()
  const exp = (from: number): Float32Array => {
    const n = x.length - from
    new Float32Array(memory.buffer, 64, n).set(x.subarray(from))
    runner.map(program, [contiguousBlock(64, 'float32', [n])], [contiguousBlock(131_072, 'float32', [n])])
    return new Float32Array(memory.buffer, 131_072, n).slice()
  }
  const got = exp(0)
  for (const [i, value] of got.entries()) {
    // In double precision the nearest number is known but for the rarest of ties.
    const exact = Math.fround(Math.exp(x[i]!))
    if (Number.isNaN(exact) || !Number.isFinite(exact)) assert.ok(Object.is(value, exact), `exp(${x[i]}) is ${value}`)
    else assert.ok(singleSteps(value, exact) <= 2, `exp(${x[i]}) is ${value} instead of ${exact}`)
  }
  for (const from of [1, 2, 3, 5]) assert.deepEqual(exp(from), got.subarray(from))
})

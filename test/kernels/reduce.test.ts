import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  type Block,
  KernelRunner,
  ProgramBuilder,
  type RealDType,
  type Reduction,
  contiguousBlock,
  isInteger,
  itemSize,
  reductionTypes,
  reductions,
} from '../../src/kernels/index.js'
import { type Value, held, places, readBlock, realDtypes, memories, writeBlock } from './numbers.js'
import { anyLayout, anyShape, layOut, valueOf } from './random-programs.js'

/** Reduces values one after the other; sums of floats exactly, as fractions of powers of two. */
function reduced(reduction: Reduction, dtype: RealDType, values: readonly Value[]): readonly Value[] {
  const numbers = values.map((v) => (dtype === 'bool' ? BigInt(v) : v)) as (number | bigint)[]
  switch (reduction) {
    case 'sum':
      return isInteger(dtype) || dtype === 'bool'
        ? [
            held(
              reductionTypes('sum', dtype).result as RealDType,
              (numbers as bigint[]).reduce((a, b) => a + b, 0n),
            ),
          ]
        : [exactSum(numbers as number[])]
    case 'prod':
      return isInteger(dtype) || dtype === 'bool'
        ? [
            held(
              reductionTypes('prod', dtype).result as RealDType,
              (numbers as bigint[]).reduce((a, b) => a * b, 1n),
            ),
          ]
        : [(numbers as number[]).reduce((a, b) => a * b, 1)]
    case 'min':
    case 'max':
      return [numbers[place(reduction, numbers)]!]
    case 'any':
      return [values.some((v) => v || Number.isNaN(v)) ? 255n : 0n]
    case 'all':
      return [values.every((v) => v || Number.isNaN(v)) ? 255n : 0n]
    case 'argmin':
    case 'argmax': {
      const found = place(reduction, numbers)
      return [numbers[found]!, BigInt(found), BigInt(values.length)]
    }
    case 'moments': {
      const floats = numbers.map(Number)
      const mean = exactSum(floats) / floats.length
      return [floats.length, mean, exactSum(floats.map((v) => (v - mean) ** 2))]
    }
  }
}

function place(reduction: Reduction, numbers: readonly (number | bigint)[]): number {
  const nan = numbers.findIndex((v) => Number.isNaN(v))
  if (nan >= 0) return nan
  let best = 0
  for (const [i, v] of numbers.entries()) {
    if (reduction.endsWith('min') ? v < numbers[best]! : v > numbers[best]!) best = i
  }
  return best
}

/** The float64 nearest to the sum: in integers, of which 2⁻¹⁰⁷⁴ is one. */
function exactSum(values: readonly number[]): number {
  if (!values.every(Number.isFinite)) return values.reduce((a, b) => a + b, 0)
  let sum = 0n
  for (const v of values) {
    const bits = new BigUint64Array(Float64Array.of(v).buffer)[0]!
    const exponent = (bits >> 52n) & 0x7ffn
    const fraction = (bits & 0xfffffffffffffn) | (exponent > 0n ? 1n << 52n : 0n)
    const scaled = fraction << (exponent > 0n ? exponent - 1n : 0n)
    sum += bits >> 63n ? -scaled : scaled
  }
  const negative = sum < 0n
  const size = negative ? -sum : sum
  const extra = Math.max(0, size.toString(2).length - 60)
  const kept = Number((size >> BigInt(extra)) | ((size & ((1n << BigInt(extra)) - 1n)) > 0n ? 1n : 0n))
  // In two steps: 2⁻¹⁰⁷⁴ times a large power would be rounded twice.
  const result = kept * 2 ** Math.max(-1000, extra - 1074) * 2 ** (extra - 1074 - Math.max(-1000, extra - 1074))
  return negative ? -result : result
}

const anyReduction = fc.constantFrom(...reductions)
const anyType = fc.constantFrom(...realDtypes)
const tame = (dtype: RealDType): fc.Arbitrary<Value> =>
  isInteger(dtype) || dtype === 'bool'
    ? valueOf(dtype)
    : fc.double({ min: -1000, max: 1000, noNaN: true }).map((v) => held(dtype, v))

for (const { memory, wide } of memories) {
  test(`any reduction of any type, over any axes of any layout, gives what adding up one by one gives (${wide ? 64 : 32}-bit addresses)`, () => {
    fc.assert(
      fc.property(
        anyReduction,
        anyType,
        anyShape.filter((s) => !s.includes(0)),
        anyLayout,
        fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }),
        fc.boolean(),
        fc.nat(2 ** 31 - 1),
        (reduction, dtype, shape, layout, reduce, wild, seed) => {
          const axes = shape.map((_, i) => i).filter((i) => reduce[i])
          const types = reductionTypes(reduction, dtype)
          const p = new ProgramBuilder()
          p.reduce(reduction, p.cast(p.input(dtype), types.values))
          const program = p.build()
          const { block, bytes } = layOut(64, dtype, shape, layout, true)
          const count = shape.reduce((n, m) => n * m, 1)
          const floats = reduction === 'sum' || reduction === 'prod' || reduction === 'moments'
          writeBlock(memory, block, fc.sample(wild && !floats ? valueOf(dtype) : tame(dtype), { numRuns: count, seed }))
          const values = readBlock(memory, block)
          const keptShape = shape.filter((_, i) => !axes.includes(i))
          const keptCount = keptShape.reduce((n, m) => n * m, 1)
          let at = Math.ceil((64 + bytes) / 64) * 64
          const states = types.states.map((type): Block => {
            const state = contiguousBlock(at, type, keptShape)
            at += Math.ceil((keptCount * itemSize(type)) / 8) * 8 + 64
            return state
          })
          const runner = new KernelRunner(memory, { wide })
          runner.beginStates(program, states)
          runner.accumulate(program, [block], shape, axes, states)
          const groups = new Map<string, Value[]>([...places(keptShape)].map((k) => [k.join(), []]))
          let i = 0
          for (const at of places(shape)) groups.get(at.filter((_, axis) => !axes.includes(axis)).join())!.push(values[i++]!)
          const got = states.map((s) => readBlock(memory, s))
          for (const [k, group] of [...groups.values()].entries()) {
            const expected = reduced(reduction, dtype, group)
            const found = got.map((g) => g[k]!)
            if (!floats || isInteger(reductionTypes(reduction, dtype).values)) {
              assert.deepEqual(found.map(unsigned), expected.map(unsigned))
            } else if (reduction === 'sum') {
              const size = exactSum((group as number[]).map(Math.abs))
              close(Number(found[0]) + Number(found[1]), Number(expected[0]), size * 2 ** -47)
            } else if (reduction === 'prod')
              close(Number(found[0]), Number(expected[0]), Math.abs(Number(expected[0])) * group.length * 2 ** -50 + 1e-300)
            else {
              assert.equal(found[0], expected[0])
              close(
                Number(found[1]),
                Number(expected[1]),
                1e-322 + 2 ** -46 * Math.max(...group.map((v) => Math.abs(Number(v))), 0),
              )
              close(
                Number(found[2]),
                Number(expected[2]),
                1e-320 + 2 ** -40 * Number(expected[2]) + 2 ** -90 * Math.max(...group.map((v) => Number(v) ** 2)),
              )
            }
          }
        },
      ),
      { numRuns: 400 },
    )
  })
}

/** States of any and all are masks; least and greatest bools are bytes. */
const unsigned = (v: Value): Value => (typeof v === 'boolean' ? BigInt(v) : Object.is(v, -0) ? 0 : v)

function close(got: number, expected: number, tolerance: number): void {
  assert.ok(Object.is(got, expected) || Math.abs(got - expected) <= tolerance, `${got} instead of ${expected}, ± ${tolerance}`)
}

for (const { memory, wide } of memories) {
  test(`the error of a long sum does not grow with its length (${wide ? 64 : 32}-bit addresses)`, () => {
    const n = 400_000
    const values = new Float64Array(memory.buffer, 64, n)
    for (let i = 0; i < n; i++) values[i] = ((i * 7919) % 1009) / 1009 + (i % 2 === 0 ? 1e8 : -1e8)
    const p = new ProgramBuilder()
    p.reduce('sum', p.input('float64'))
    const program = p.build()
    const states = [0, 1].map((i) => contiguousBlock(8 * i, 'float64', []))
    const runner = new KernelRunner(memory, { wide })
    runner.beginStates(program, states)
    runner.accumulate(program, [contiguousBlock(64, 'float64', [n])], [n], [0], states)
    const [sum, lost] = new Float64Array(memory.buffer, 0, 2)
    const exact = exactSum([...values])
    const size = exactSum([...values].map(Math.abs))
    assert.ok(Math.abs(sum! + lost! - exact) <= size * 2 ** -48, `${sum! + lost!} instead of ${exact}`)
  })
}

for (const { memory, wide } of memories) {
  test(`several reductions of several expressions are one pass (${wide ? 64 : 32}-bit addresses)`, () => {
    const n = 1234
    const floats = new Float64Array(memory.buffer, 64, n).map((_, i) => Math.sin(i) * 100)
    new Float64Array(memory.buffer, 64, n).set(floats)
    const p = new ProgramBuilder()
    const x = p.input('float64')
    p.reduce('max', p.apply('multiply', x, p.constant(-2, 'float64')))
    p.reduce('any', p.apply('greater', x, p.scalar('float64')))
    p.reduce('sum', p.cast(p.apply('less', x, p.constant(0, 'float64')), 'int64'))
    const program = p.build()
    const states = [contiguousBlock(0, 'float64', []), contiguousBlock(8, 'uint8', []), contiguousBlock(16, 'int64', [])]
    const runner = new KernelRunner(memory, { wide })
    runner.beginStates(program, states)
    runner.accumulate(program, [contiguousBlock(64, 'float64', [n])], [n], [0], states, [99])
    assert.deepEqual(
      states.map((s) => readBlock(memory, s)[0]),
      [
        Math.max(...floats.map((v) => v * -2)),
        floats.some((v) => v > 99) ? 255n : 0n,
        BigInt(floats.filter((v) => v < 0).length),
      ],
    )
  })
}

for (const { memory, wide } of memories) {
  test(`long rows, which are read in several runs side by side, take each element once (${wide ? 64 : 32}-bit addresses)`, () => {
    const runner = new KernelRunner(memory, { wide })
    // Rows of which nothing is left behind the runs, of which a few elements are, and of which blocks and elements are.
    for (const n of [8192, 8193, 9007]) {
      for (const dtype of ['float64', 'int64', 'float32', 'int16'] as const) {
        const block = contiguousBlock(4096, dtype, [2, n])
        const values = Array.from({ length: 2 * n }, (_, i) => {
          const whole = (i * 7919) % 1009
          return isInteger(dtype) ? BigInt(whole) : held(dtype, whole / 16)
        })
        writeBlock(memory, block, values)
        for (const reduction of ['sum', 'min', 'max', 'moments'] as const) {
          const types = reductionTypes(reduction, dtype)
          const p = new ProgramBuilder()
          p.reduce(reduction, p.cast(p.input(dtype), types.values))
          const program = p.build()
          const states = types.states.map((type, i) => contiguousBlock(64 * i, type, [2]))
          runner.beginStates(program, states)
          runner.accumulate(program, [block], [2, n], [1], states)
          const got = states.map((s) => readBlock(memory, s))
          for (const row of [0, 1]) {
            const expected = reduced(reduction, dtype, values.slice(row * n, (row + 1) * n))
            // Sums of sixteenths are exact; of distances from a mean they are nearly.
            for (const [i, value] of expected.entries()) {
              if (reduction === 'moments' && i > 0) close(Number(got[i]![row]), Number(value), Number(value) * 2 ** -45)
              else assert.equal(got[i]![row], value, `${reduction} of ${n} ${dtype}`)
            }
          }
        }
      }
    }
  })
}

for (const { memory, wide } of memories) {
  test(`several long arrays keep in step where they are read in runs, one of them a single number (${wide ? 64 : 32}-bit addresses)`, () => {
    const n = 20_011
    const a = Array.from({ length: n }, (_, i) => (i * 7919) % 1009)
    const b = Array.from({ length: n }, (_, i) => (i * 104_729) % 997)
    const [left, right] = [contiguousBlock(4096, 'float64', [n]), contiguousBlock(4096 + 8 * n, 'float64', [n])]
    const one: Block = { address: 1024, dtype: 'float64', shape: [n], strides: [0] }
    writeBlock(memory, left, a)
    writeBlock(memory, right, b)
    new Float64Array(memory.buffer, 1024, 1)[0] = 500
    const p = new ProgramBuilder()
    const [x, y, limit] = [p.input('float64'), p.input('float64'), p.input('float64')]
    const both = p.apply('logicalAnd', p.apply('greater', x, y), p.apply('less', x, limit))
    p.reduce('sum', p.cast(both, 'int64'))
    const program = p.build()
    const states = [contiguousBlock(0, 'int64', [])]
    const runner = new KernelRunner(memory, { wide })
    runner.beginStates(program, states)
    runner.accumulate(program, [left, right, one], [n], [0], states)
    assert.equal(readBlock(memory, states[0]!)[0], BigInt(a.filter((v, i) => v > b[i]! && v < 500).length))
  })
}

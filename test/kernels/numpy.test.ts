import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ArgumentError } from '../../src/base/index.js'
import {
  type Casting,
  type DType,
  KernelRunner,
  type Operation,
  type Program,
  ProgramBuilder,
  canCast,
  contiguousBlock,
  dtypes,
  itemSize,
  kindOf,
  promoteTypes,
  resultOfUfunc,
  resultType,
  ufuncProgram,
} from '../../src/kernels/index.js'
import { type Value, memories, readBlock } from './numbers.js'
import { type Result, bytes, check, defined, fixtures, pairs, partOf } from './ufunc-fixtures.js'

const { memory, wide } = memories.at(-1)!
const runner = new KernelRunner(memory, { wide })

/** Runs a program on bytes, and gives its result and what was expected as numbers. */
function run(program: Program, args: readonly Buffer[], dtype: DType, expected: Buffer): [got: Value[], expected: Value[]] {
  const n = expected.length / itemSize(dtype)
  const inputs = args.map((bytes, i) => {
    new Uint8Array(memory.buffer, 65_536 * (i + 1), bytes.length).set(bytes)
    return contiguousBlock(65_536 * (i + 1), program.inputs[i]!, [n])
  })
  const [out, oracle] = [contiguousBlock(64, dtype, [n]), contiguousBlock(65_536 * 4, dtype, [n])]
  new Uint8Array(memory.buffer, oracle.address, expected.length).set(expected)
  runner.map(program, inputs, [out])
  const real = (address: number) => contiguousBlock(address, partOf(dtype), [(n * itemSize(dtype)) / itemSize(partOf(dtype))])
  return [readBlock(memory, real(64)), readBlock(memory, real(65_536 * 4))]
}

test('promotion is that of NumPy', () => {
  for (const a of dtypes) {
    for (const b of dtypes) {
      assert.equal(promoteTypes(a, b), fixtures.promotion[`${a},${b}`], `${a} and ${b}`)
      const casts = (['no', 'safe', 'same_kind', 'unsafe'] as Casting[]).map((c) => canCast(a, b, c))
      assert.deepEqual(casts, fixtures.canCast[`${a},${b}`], `${a} to ${b}`)
    }
    assert.deepEqual(
      [true, 1, 0.5].map((s) => resultType(a, s)),
      fixtures.weak[a],
      `${a} and a number`,
    )
  }
  assert.throws(() => resultType('uint8', 256), ArgumentError)
  assert.throws(() => resultType('uint8', -1), ArgumentError)
})

for (const [name, values] of Object.entries(fixtures.unary)) {
  test(`${name} of every type is what NumPy has`, () => {
    for (const [dtype, result] of Object.entries(values) as [DType, Result][]) {
      if (kindOf(dtype) === 'complex' && !defined(name, dtype)) continue
      if (result === null) assert.throws(() => resultOfUfunc(name as Operation, [dtype]), ArgumentError, dtype)
      else {
        assert.equal(resultOfUfunc(name as Operation, [dtype]), result[0])
        const arg = bytes(fixtures.specials[dtype])
        const program = ufuncProgram(name as Operation, [dtype])
        const given = run(ufuncIdentity(dtype), [arg], dtype, arg)[1]
        check(
          name,
          result[0],
          run(program, [arg], result[0], bytes(result[1])),
          (i) => `${dtype} ${given[i]}`,
          kindOf(dtype) === 'complex',
        )
      }
    }
  })
}

function ufuncIdentity(dtype: DType): Program {
  const p = new ProgramBuilder()
  p.map(p.input(dtype))
  return p.build()
}

for (const [name, values] of Object.entries(fixtures.binary)) {
  test(`${name} of every type is what NumPy has`, () => {
    for (const [dtype, result] of Object.entries(values) as [DType, Result][]) {
      if (result === null || (kindOf(dtype) === 'complex' && !defined(name, dtype))) continue
      const args = pairs(dtype, name)
      const program = ufuncProgram(name as Operation, [dtype, dtype])
      const shown = args.map((a) => run(ufuncIdentity(dtype), [a], dtype, a)[1])
      check(
        name,
        result[0],
        run(program, args, result[0], bytes(result[1])),
        (i) => `${dtype} ${shown[0]![i]} and ${shown[1]![i]}`,
        kindOf(dtype) === 'complex',
      )
    }
  })

  test(`${name} of any two types has the type that NumPy gives it`, () => {
    for (const [pair, result] of Object.entries(fixtures.types[name as Operation])) {
      const types = pair.split(',') as DType[]
      if (types.some((t) => kindOf(t) === 'complex') && !defined(name, 'complex64')) continue
      if (result === null) assert.throws(() => resultOfUfunc(name as Operation, types), ArgumentError, pair)
      else assert.equal(resultOfUfunc(name as Operation, types), result, pair)
    }
  })
}

test('conversions of every type to every other are those of NumPy', () => {
  for (const [pair, [from, to]] of Object.entries(fixtures.casts)) {
    const [a, b] = pair.split(',') as [DType, DType]
    const p = new ProgramBuilder()
    p.map(p.cast(p.input(a), b))
    const given = run(ufuncIdentity(a), [bytes(from)], a, bytes(from))[1]
    check('cast', b, run(p.build(), [bytes(from)], b, bytes(to)), (i) => `${a} ${given[i]} to ${b}`)
  }
})

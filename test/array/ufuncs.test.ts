// Every ufunc of every type on special values is what NumPy has, on every executor: as collections compute it, in chunks.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Client, type ExecutorChoice, LocalCluster, compute } from 'heddle'
import * as da from 'heddle/array'
import { type DType, itemSize, kindOf } from '../../src/kernels/index.js'
import { numbers } from '../native/fixture.js'
import { type Result, bytes, check, defined, fixtures, pairs, valuesOf } from '../kernels/ufunc-fixtures.js'

interface Case {
  readonly name: string
  readonly dtype: DType
  readonly args: readonly Buffer[]
  readonly result: NonNullable<Result>
}

const isDefined = (name: string, dtype: DType): boolean => kindOf(dtype) !== 'complex' || defined(name, dtype)

function casesOf(ufuncs: typeof fixtures.unary, argsOf: (dtype: DType, name: string) => readonly Buffer[]): Case[] {
  return Object.entries(ufuncs).flatMap(([name, byType]) =>
    (Object.entries(byType) as [DType, Result][])
      .filter(([dtype, result]) => result !== null && isDefined(name, dtype))
      .map(([dtype, result]) => ({ name, dtype, args: argsOf(dtype, name), result: result! })),
  )
}

const all = [...casesOf(fixtures.unary, (dtype) => [bytes(fixtures.specials[dtype])]), ...casesOf(fixtures.binary, pairs)]

type Ufunc = (...args: readonly da.ChunkedArray[]) => da.ChunkedArray

function arrayOf(given: Buffer, dtype: DType): da.ChunkedArray {
  const length = given.length / itemSize(dtype)
  const local = new da.NdArray(dtype as 'float64', [length], numbers(given.toString('base64'), dtype as 'float64'))
  return da.fromArray(local, { chunks: Math.ceil(length / 3) })
}

async function runAll(executor: ExecutorChoice): Promise<void> {
  const arrays = all.map(({ name, dtype, args }) => {
    const ufunc = (da as unknown as Record<string, Ufunc>)[name]!
    return ufunc(...args.map((arg) => arrayOf(arg, dtype)))
  })
  const results = (await compute(arrays, { executor })) as da.NdArray[]
  for (const [i, { name, dtype, args, result }] of all.entries()) {
    const got = results[i]!
    assert.equal(got.dtype, result[0], `${name} of ${dtype}`)
    const given = args.map((arg) => valuesOf(arg, dtype))
    const values = [valuesOf(got.data, result[0]), valuesOf(bytes(result[1]), result[0])] satisfies [unknown, unknown]
    check(name, result[0], values, (at) => `${dtype} ${given.map((g) => g[at]).join(' and ')}`, kindOf(dtype) === 'complex')
  }
}

test('there are cases of every type', () => {
  assert.ok(all.length > 600, String(all.length))
  assert.equal(new Set(all.map(({ dtype }) => dtype)).size, 13)
})

test('inline', () => runAll('inline'))

test('in threads', () => runAll('threads'))

test('on a cluster of two processes', async (t) => {
  const cluster = await LocalCluster.start({ workers: 2, threadsPerWorker: 1 })
  t.after(() => cluster.close())
  const client = await Client.open(cluster)
  t.after(() => client.close())
  await runAll(client)
})

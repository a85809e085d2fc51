// The same programs give the same arrays wherever they run.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Client, type ExecutorChoice, LocalCluster, compute, config } from 'heddle'
import * as da from 'heddle/array'
import { assertClose, cases, inputs } from './fixtures.js'
import { type AnyFunction, casesByName } from './operation-cases.js'
import { assertSame, localOf } from './packed.js'
import { programs } from './programs.js'

async function runAll(executor: ExecutorChoice): Promise<void> {
  const x = Object.fromEntries(
    Object.entries(inputs).map(([key, array]) => [key, da.fromArray(array, { chunks: array.shape.map(() => 4) })]),
  )
  const results = await compute(Object.fromEntries(Object.entries(programs).map(([name, run]) => [name, run(x)])), { executor })
  for (const [name, array] of Object.entries(results)) assertClose(array as da.NdArray, cases[name]!, name, 64)
}

/** What NumPy gave of sorting, counting, products, diagonals, differences and places: the last case of each function. */
async function runOperations(executor: ExecutorChoice): Promise<void> {
  const all: Record<string, da.ChunkedArray> = {}
  for (const [name, own] of casesByName) {
    const { first = [], inputs: packed, args } = own.at(-1)!
    const arrays = packed.map((i) => da.fromArray(localOf(i), { chunks: i.shape.length === 0 ? 'auto' : 3 }))
    const given = await (da as unknown as Record<string, AnyFunction>)[name]!(...first, ...arrays, ...args)
    const list = (Array.isArray(given) ? given : [given]) as da.ChunkedArray[]
    for (const [i, array] of list.slice(0, own.at(-1)!.results.length).entries()) all[`${name} ${i}`] = array
  }
  const results = await compute(all, { executor })
  for (const [key, array] of Object.entries(results)) {
    const [name, i] = key.split(' ') as [string, string]
    const { results: expected, tolerance } = casesByName.get(name)!.at(-1)!
    assertSame(array as da.NdArray, localOf(expected[Number(i)]!), tolerance, key)
  }
}

/** Random numbers are those of their seed, wherever they are drawn. */
async function runRandom(executor: ExecutorChoice): Promise<void> {
  const draw = (): Record<string, da.ChunkedArray> => {
    const rng = da.random.defaultRng(7)
    const options = { size: [40, 30], chunks: [16, 9] }
    return {
      normal: rng.normal(options),
      integers: rng.integers({ high: 100, ...options }),
      poisson: rng.poisson({ lam: 5, ...options }),
      permuted: rng.permutation(da.arange(50, { chunks: 8 })),
      median: da.median(rng.random(options)),
    }
  }
  const [here, there] = [await compute(draw(), { executor: 'inline' }), await compute(draw(), { executor })]
  for (const [name, array] of Object.entries(here))
    assertSame((there as typeof here)[name] as da.NdArray, array as da.NdArray, 0, name)
}

/** Chunks and lines that are too large for one task: through shuffles. */
async function runLong(executor: ExecutorChoice): Promise<void> {
  await config.with({ array: { chunkSize: 2048, rechunkLimit: 1, rechunkMethod: 'shuffle' } }, async () => {
    const x = da.random.defaultRng(3).normal({ size: [3000], chunks: 500 })
    const build = (): Record<string, da.ChunkedArray> => ({
      sorted: da.sort(x),
      places: da.argsort(x),
      quantiles: da.quantile(x, [0.1, 0.5]),
      turned: x.reshape([50, 60]).add(1).rechunk([-1, 7]),
    })
    const [here, there] = [await compute(build(), { executor: 'inline' }), await compute(build(), { executor })]
    for (const [name, array] of Object.entries(here))
      assertSame((there as typeof here)[name] as da.NdArray, array as da.NdArray, 0, name)
    const { data } = here['sorted'] as da.NdArray<'float64'>
    assert.ok(data.every((v, i) => i === 0 || data[i - 1]! <= v))
  })
}

test('in threads', () => runAll('threads'))

test('in processes', () => runAll('processes'))

test('on a cluster of two processes', async (t) => {
  const cluster = await LocalCluster.start({ workers: 2, threadsPerWorker: 1 })
  t.after(() => cluster.close())
  const client = await Client.open(cluster)
  t.after(() => client.close())
  await runAll(client)
  await runOperations(client)
  await runRandom(client)
  await runLong(client)
})

// Reductions of slices and of rearranged axes read them where they lie, where all tasks see the same memory.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Graph } from '../../src/graph/index.js'
import * as da from 'heddle/array'

/** How many tasks an array takes on an executor of this name. */
async function tasksOf(x: da.ChunkedArray, name: string): Promise<number> {
  const built = new Error('the graph is built')
  let tasks = 0
  const executor = {
    name,
    isolated: true,
    run(graph: Pick<Graph, 'size'>): never {
      tasks = graph.size
      throw built
    },
  }
  await assert.rejects(x.compute({ executor: executor as never }), built)
  return tasks
}

const n = 120
const normal = () => da.random.defaultRng(7).normal({ size: [n, n], chunks: [40, 40] })

const cases: Readonly<Record<string, (x: da.ChunkedArray<'float64'>) => da.ChunkedArray>> = {
  'a slice with steps and its transpose': (x) => x.add(x.transpose()).slice('::2', '30:').mean({ axis: 1 }),
  'a transpose alone, along the other axis': (x) => x.transpose().multiply(2).std({ axis: 0 }),
  'a slice backwards': (x) => x.slice('::-1', '::-2').sum({ axis: 0 }),
  'one row less, a new axis, and stretching': (x) =>
    x
      .slice('1:', null, ':')
      .add(x.slice(null, '::3', ':'))
      .max({ axis: 2 }),
  'places of the greatest': (x) => da.argmax(x.transpose().slice('5:', ':'), { axis: 1 }),
  'complex numbers': (x) => x.astype('complex128').multiply(2).transpose().sum({ axis: 1 }),
  'whole numbers of 16 bits': (x) =>
    x.multiply(100).astype('int16').persist({ executor: 'inline' }).slice('::2', '1:').sum({ axis: 1 }),
  'the same crossed': (x) =>
    x.multiply(100).astype('int16').persist({ executor: 'inline' }).transpose().slice('::2', '1:').sum({ axis: 1 }),
  'numbers of 32 bits, crossed and backwards': (x) =>
    x.astype('float32').persist({ executor: 'inline' }).transpose().slice('::-1', '5::-2').sum({ axis: 1 }),
  bools: (x) => x.greater(0).persist({ executor: 'inline' }).transpose().slice('3:', ':').any({ axis: 0 }),
  'one axis': (x) =>
    x
      .reshape([n * n])
      .slice('7::2')
      .sum(),
}

for (const [what, of] of Object.entries(cases)) {
  test(`views give, bit by bit, what copies give: ${what}`, async () => {
    const [inline, threads, processes] = await Promise.all(
      (['inline', 'threads', 'processes'] as const).map((executor) => of(normal()).compute({ executor })),
    )
    assert.deepEqual(threads!.data, processes!.data)
    assert.deepEqual(inline!.data, processes!.data)
    assert.deepEqual(inline!.shape, processes!.shape)
  })
}

test('a reduction of a slice and its transpose is what adding up the elements gives', async () => {
  const numbers = Float64Array.from({ length: n * n }, (_, i) => (i * 7919) % 1009)
  const x = da.fromArray(numbers).reshape([n, n]).rechunk([50, 40]).persist({ executor: 'threads' })
  const sums = await x.add(x.transpose()).slice('::2', '30:').sum({ axis: 1 }).compute({ executor: 'threads' })
  const expected = Float64Array.from({ length: n / 2 }, (_, r) => {
    let sum = 0
    for (let c = 30; c < n; c++) sum += numbers[2 * r * n + c]! + numbers[c * n + 2 * r]!
    return sum
  })
  assert.deepEqual(sums.data, expected)
})

test('slices and transposes that are read once take no tasks where memory is shared', async () => {
  const y = cases['a slice with steps and its transpose']!(normal())
  const [here, elsewhere] = [await tasksOf(y, 'threads'), await tasksOf(y, 'processes')]
  // 9 chunks of numbers, and 9 reductions of two each, which are merged by threes and finished.
  assert.ok(here <= 9 + 9 + 3 + 3, `${here} tasks`)
  assert.ok(elsewhere > here, `${elsewhere} tasks`)
})

test('what sees little of its source is copied, so that the rest can go', async () => {
  const few = normal().slice('::10', ':').sum({ axis: 1 })
  assert.equal(await tasksOf(few, 'threads'), await tasksOf(few, 'processes'))
})

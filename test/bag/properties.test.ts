// Whatever the items and however they are cut into partitions: a bag gives what the same calls of arrays give.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import * as bag from '../../src/bag/index.js'
import { type Pair, integers, keys, pairOf } from './random-bag.js'

const inline = { executor: 'inline' } as const

function holds<T>(name: string, item: fc.Arbitrary<T>, check: (pair: Pair<T>) => Promise<void>, numRuns = 60): void {
  test(name, () => fc.assert(fc.asyncProperty(pairOf(item), check), { numRuns }))
}

/** Equal by the rules for keys, found out in another way: -0 is 0, everything else as `isDeepStrictEqual` has it. */
function same(a: unknown, b: unknown): boolean {
  return isDeepStrictEqual(Object.is(a, -0) ? 0 : a, Object.is(b, -0) ? 0 : b)
}

/** Items by key, the slow way. */
function groupsOf<T>(items: readonly T[], keyOf: (item: T) => unknown): [unknown, T[]][] {
  const groups: [unknown, T[]][] = []
  for (const item of items) {
    const group = groups.find(([key]) => same(key, keyOf(item)))
    if (group) group[1].push(item)
    else groups.push([keyOf(item), [item]])
  }
  return groups
}

/** The same pairs in whatever order. */
function assertSamePairs(
  actual: readonly (readonly [unknown, unknown])[],
  expected: readonly (readonly [unknown, unknown])[],
): void {
  assert.equal(actual.length, expected.length)
  const rest = [...expected]
  for (const pair of actual) {
    const at = rest.findIndex((other) => same(pair[0], other[0]) && isDeepStrictEqual(pair[1], other[1]))
    assert.notEqual(at, -1, 'a pair too many')
    rest.splice(at, 1)
  }
}

holds('map, filter, remove, flatMap, flatten, pluck, starMap', integers, async ({ items, bag: b }) => {
  const odd = (x: number): boolean => x % 2 !== 0
  const chain = b
    .map((x) => x * 3)
    .filter(odd)
    .flatMap((x) => Array.from({ length: Math.abs(x) % 3 }, (_, i) => [x, i] as [number, number]))
    .starMap((x, i) => ({ x, list: [i, x] }))
  const expected = items
    .map((x) => x * 3)
    .filter(odd)
    .flatMap((x) => Array.from({ length: Math.abs(x) % 3 }, (_, i) => [x, i] as [number, number]))
    .map(([x, i]) => ({ x, list: [i, x] }))
  assert.deepEqual(await chain.compute(inline), expected)
  assert.deepEqual(
    await chain.pluck('list').flatten().compute(inline),
    expected.flatMap((e) => e.list),
  )
  assert.deepEqual(
    await b.remove(odd).compute(inline),
    items.filter((x) => !odd(x)),
  )
  assert.deepEqual(await chain.compute({ ...inline, optimize: false }), expected)
})

holds('asynchronous functions keep the order', integers, async ({ items, bag: b }) => {
  const slow = async (x: number): Promise<number> => {
    for (let i = 0; i < Math.abs(x) % 4; i++) await Promise.resolve()
    return x + 1
  }
  const result = b
    .map(slow)
    .filter((x) => x % 3 !== 0)
    .map(slow)
    .flatMap(async (x) => [x, x])
  assert.deepEqual(
    await result.compute(inline),
    items
      .map((x) => x + 1)
      .filter((x) => x % 3 !== 0)
      .flatMap((x) => [x + 1, x + 1]),
  )
})

holds('count, sum, mean, min, max, var, std, any, all', integers, async ({ items, bag: b }) => {
  const { length } = items
  const sum = items.reduce((a, x) => a + x, 0)
  assert.equal(await b.count().compute(inline), length)
  assert.equal(await b.sum().compute(inline), sum)
  assert.equal(await b.mean().compute(inline), sum / length)
  assert.equal(await b.any().compute(inline), items.some(Boolean))
  assert.equal(await b.all().compute(inline), items.every(Boolean))
  for (const ddof of [0, 1]) {
    const variance = items.reduce((a, x) => a + (x - sum / length) ** 2, 0) / (length - ddof)
    const close = (actual: number, expected: number): void =>
      length > ddof
        ? assert.ok(Math.abs(actual - expected) < 1e-9, `${actual} for ${expected}`)
        : assert.equal(actual, Number.NaN)
    close(await b.var({ ddof }).compute(inline), variance)
    close(await b.std({ ddof }).compute(inline), Math.sqrt(variance))
  }
  if (length > 0) {
    assert.equal(await b.min().compute(inline), Math.min(...items))
    assert.equal(await b.max().compute(inline), Math.max(...items))
  } else await assert.rejects(b.max().compute(inline), /EmptyBagError: max of the bag fromSequence → concat, which has no items/)
})

holds(
  'sums of fractions do not depend on the partitions',
  fc.double({ noNaN: true, min: -1e9, max: 1e9 }),
  async ({ items, bag: b }) => {
    const [exact] = [items.reduce((a, x) => a + BigInt(Math.round(x * 2 ** 20)), 0n)]
    const scaled = b.map((x) => Math.round(x * 2 ** 20))
    assert.equal(await scaled.sum().compute(inline), Number(exact))
  },
)

holds('frequencies, distinct', keys, async ({ items, bag: b }) => {
  const groups = groupsOf(items, (x) => x)
  assert.deepEqual(
    (await b.frequencies().compute(inline)).map(([item, n]) => [item, n]),
    groups.map(([key, all]) => [key, all.length]),
  )
  const sorted = await b.frequencies({ sort: true, splitEvery: 2 }).compute(inline)
  assert.deepEqual(
    sorted.map(([, n]) => n),
    groups.map(([, all]) => all.length).sort((x, y) => y - x),
  )
  assert.deepEqual(
    await b.distinct().compute(inline),
    groups.map(([key]) => key),
  )
  assert.deepEqual(
    await b.distinct((x) => typeof x).compute(inline),
    groupsOf(items, (x) => typeof x).map(([, [first]]) => first),
  )
})

const records = fc.record({ key: keys, value: integers })

holds('groupBy, foldBy', records, async ({ items, bag: b }) => {
  const groups = groupsOf(items, (r) => r.key)
  assertSamePairs(await b.groupBy((r) => r.key).compute(inline), groups)
  assertSamePairs(await b.groupBy((r) => r.key, { partitions: 5 }).compute(inline), groups)
  const totals = b.foldBy(
    (r) => r.key,
    (list: number[], r) => {
      list.push(r.value)
      return list
    },
    [],
    (x, y) => {
      x.push(...y)
      return x
    },
    { splitEvery: 3 },
  )
  assert.deepEqual(
    await totals.compute(inline),
    groups.map(([key, all]) => [key, all.map((r) => r.value)]),
  )
})

test('join, with a bag and with a list', () =>
  fc.assert(
    fc.asyncProperty(pairOf(records), pairOf(records), async (left, right) => {
      const expected = left.items.flatMap((l) => right.items.filter((r) => same(l.key, r.key)).map((r) => [l, r] as const))
      const by = { left: (r: { key: unknown }) => r.key, right: (r: { key: unknown }) => r.key }
      assertSamePairs(await left.bag.join(right.bag, by).compute(inline), expected)
      assert.deepEqual(await left.bag.join(right.items, by).compute(inline), expected)
    }),
    { numRuns: 60 },
  ))

holds('topk', integers, async ({ items, bag: b }) => {
  for (const k of [0, 1, 3, 100]) {
    assert.deepEqual(await b.topk(k).compute(inline), [...items].sort((x, y) => y - x).slice(0, k))
    const withPlaces = await b.topk(k, (x) => x % 5).compute(inline)
    assert.deepEqual(withPlaces, [...items].sort((x, y) => (y % 5) - (x % 5)).slice(0, k))
  }
})

holds('fold, reduction, accumulate', integers, async ({ items, bag: b }) => {
  const listed = b.fold(
    (list: number[], x) => {
      list.push(x)
      return list
    },
    [],
    (x, y) => {
      x.push(...y)
      return x
    },
  )
  assert.deepEqual(await listed.compute(inline), items)
  if (items.length > 0) assert.equal(await b.fold((x, y) => Math.max(x, y)).compute(inline), Math.max(...items))
  const squares = b.reduction(
    (part) => part.reduce((s, x) => s + x * x, 0),
    async (parts) => parts.reduce((x, y) => x + y),
    { splitEvery: 2 },
  )
  assert.equal(
    await squares.compute(inline),
    items.reduce((s, x) => s + x * x, 0),
  )
  const totals: string[] = ['']
  for (const x of items) totals.push(`${totals.at(-1)},${x}`)
  assert.deepEqual(await b.accumulate((text, x) => `${text},${x}`, '').compute(inline), totals)
  assert.deepEqual(
    await b.accumulate((x, y) => x + y).compute(inline),
    items.map((_, i) => items.slice(0, i + 1).reduce((x, y) => x + y)),
  )
})

test('product, zip and several bags side by side', () =>
  fc.assert(
    fc.asyncProperty(pairOf(integers), pairOf(integers), async (a, b) => {
      const product = await a.bag.product(b.bag).compute(inline)
      const order = (x: readonly number[], y: readonly number[]): number => x[0]! - y[0]! || x[1]! - y[1]!
      assert.deepEqual(product.sort(order), a.items.flatMap((x) => b.items.map((y): [number, number] => [x, y])).sort(order))
      const negated = a.bag.map((x) => -x)
      const pairs = a.items.map((x) => [x, -x])
      assert.deepEqual(await bag.zip(a.bag, negated).compute(inline), pairs)
      assert.deepEqual(await bag.map((x: number, y: number) => [y, x], negated, a.bag).compute(inline), pairs)
      assert.deepEqual(await a.bag.map((x, y) => [x, y], negated).compute(inline), pairs)
    }),
    { numRuns: 60 },
  ))

holds('repartition keeps the items and their order', integers, async ({ items, bag: b }) => {
  for (const partitions of [1, 2, 7, 30]) {
    const other = b.repartition({ partitions })
    assert.equal(other.partitions, partitions)
    assert.deepEqual(await other.compute(inline), items)
    assert.equal((await other.mapPartitions((part) => [part.length]).compute(inline)).length, partitions)
  }
  const sized = await b.repartition({ partitionSize: 40 })
  assert.deepEqual(await sized.compute(inline), items)
})

test('take', () =>
  fc.assert(
    fc.asyncProperty(pairOf(integers), fc.nat(40), async ({ items, bag: b }, n) => {
      assert.deepEqual(await b.take(n, inline), items.slice(0, n))
      assert.deepEqual(await b.flatMap((x) => [x, x]).take(n, inline), items.flatMap((x) => [x, x]).slice(0, n))
      assert.deepEqual(await b.groupBy(() => 0).take(n, inline), n === 0 || items.length === 0 ? [] : [[0, items]])
      const first = await b.mapPartitions((part) => [part]).take(2, inline)
      assert.deepEqual(await b.take(n, { ...inline, partitions: 2 }), first.flat().slice(0, n))
    }),
    { numRuns: 60 },
  ))

holds('samples', integers, async ({ items, bag: b }) => {
  const numbered = await b.accumulate((n: number) => n + 1, 0).compute(inline)
  assert.equal(numbered.length, items.length + 1)
  const sampled = await b.randomSample(0.5, 7).compute(inline)
  assert.deepEqual(await b.randomSample(0.5, 7).compute(inline), sampled)
  let at = -1
  for (const x of sampled) {
    at = items.indexOf(x, at + 1)
    assert.notEqual(at, -1, 'a sample is a part of the items, in their order')
  }
  const k = Math.min(3, items.length)
  const drawn = await bag.sample(b, k, { seed: 3 }).compute(inline)
  assert.equal(drawn.length, k)
  const rest = [...items]
  for (const x of drawn) {
    assert.ok(rest.includes(x))
    rest.splice(rest.indexOf(x), 1)
  }
  if (items.length > 0) {
    const chosen = await bag.choices(b, 20, { seed: 3 }).compute(inline)
    assert.equal(chosen.length, 20)
    assert.ok(chosen.every((x) => items.includes(x)))
  } else await assert.rejects(bag.choices(b, 1).compute(inline), /choices: 1 items were asked for, but the bag has none/)
  await assert.rejects(bag.sample(b, items.length + 1).compute(inline), new RegExp(`but the bag has ${items.length}`))
})

// The same programs give identical results, and identically ordered ones, wherever they run; fused or not.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compute, config, delayed } from 'heddle'
import * as bag from '../../src/bag/index.js'
import { type Movie, Scratch, mobyDick, movies, vega } from './data.js'

const scratch = new Scratch()
const lines = scratch.file('movies.jsonl', movies.map((m) => `${JSON.stringify(m)}\n`).join(''))
const read = (): bag.Bag<Movie> => bag.readJson<Movie>(lines, { blockSize: 200_000 })
const chapters = (): bag.Bag<string> => bag.readText(`${mobyDick}/chapter_1*.txt`)

class Vector {
  readonly x: number
  readonly y: number
  constructor(x: number, y: number) {
    this.x = x
    this.y = y
  }
  get length(): number {
    return Math.hypot(this.x, this.y)
  }
}

const words = (line: string): string[] => line.toLowerCase().match(/\p{L}+/gu) ?? []
const genre = (m: Movie): string => m['Major Genre'] ?? 'none'

/** By name a program, and what it must give, found out with arrays. */
const programs: Record<string, { readonly lazy: () => bag.Bag<unknown> | bag.Item<unknown>; readonly expected?: () => unknown }> =
  {
    'word count': { lazy: () => chapters().flatMap(words).frequencies({ sort: true }) },
    'top words': {
      lazy: () =>
        chapters()
          .flatMap(words)
          .frequencies({ splitEvery: 2 })
          .topk(10, ([, n]) => n),
    },
    titles: { lazy: () => read().pluck('Title'), expected: () => movies.map((m) => m.Title) },
    genres: {
      lazy: () => read().groupBy(genre, { partitions: 3 }),
    },
    'mean rating by genre': {
      lazy: () =>
        read()
          .filter((m) => m['IMDB Rating'] !== null)
          .foldBy(
            genre,
            ({ n, sum }, m) => ({ n: n + 1, sum: sum + m['IMDB Rating']! }),
            { n: 0, sum: 0 },
            (a, b) => ({ n: a.n + b.n, sum: a.sum + b.sum }),
          )
          .starMap((key, { n, sum }) => [key, sum / n]),
    },
    gross: {
      lazy: () =>
        read()
          .map((m) => m['US Gross'] ?? 0)
          .sum(),
      expected: () => movies.reduce((sum, m) => sum + (m['US Gross'] ?? 0), 0),
    },
    'standard deviation': {
      lazy: () =>
        read()
          .map((m) => m['US Gross'] ?? 0)
          .std({ ddof: 1 }),
    },
    'join of bags': {
      lazy: () => {
        const studios = bag.fromSequence(['Gramercy', 'Strand', 'MGM'].map((name, id) => ({ name, id })))
        return read()
          .join(studios, { left: (m) => m.Distributor, right: (s) => s.name })
          .starMap((m, s) => [m.Title, s.id])
      },
    },
    'join with a list': {
      lazy: () =>
        read()
          .join([{ r: 'R' }, { r: 'PG' }], { left: (m) => m['MPAA Rating'], right: (o) => o.r })
          .starMap((m, { r }) => `${m.Title} ${r}`),
      expected: () =>
        movies.flatMap((m) => (m['MPAA Rating'] === 'R' || m['MPAA Rating'] === 'PG' ? [`${m.Title} ${m['MPAA Rating']}`] : [])),
    },
    'asynchronous steps': {
      lazy: () =>
        bag
          .range(300, { partitions: 7 })
          .map(async (x) => {
            await new Promise((resolve) => setImmediate(resolve))
            return x * 2
          })
          .filter((x) => x % 3 === 0),
      expected: () => Array.from({ length: 300 }, (_, x) => x * 2).filter((x) => x % 3 === 0),
    },
    'lazy arguments': {
      lazy: () => {
        const numbers = bag.range(50, { partitions: 4 })
        const limit = delayed((n: number) => n / 2)(numbers.count())
        return numbers.map(
          (x, mean: number, most: number, y: number) => (x < most ? x - mean + y : y),
          numbers.mean(),
          limit,
          numbers.map((x) => -x),
        )
      },
      expected: () => Array.from({ length: 50 }, (_, x) => (x < 25 ? -24.5 : -x)),
    },
    accumulate: {
      lazy: () =>
        bag
          .range(100, { partitions: 6 })
          .accumulate((a, b) => a + b)
          .map((x) => x / 2),
      expected: () => Array.from({ length: 100 }, (_, n) => (n * (n + 1)) / 4),
    },
    product: { lazy: () => bag.range(5, { partitions: 2 }).product(bag.fromSequence('abc', { partitions: 3 })) },
    'random samples': { lazy: () => read().randomSample(0.1, 99).pluck('Title') },
    sample: { lazy: () => bag.sample(read(), 5, { seed: 4 }).pluck('Title') },
    choices: { lazy: () => bag.choices(read(), 5, { seed: 4 }).pluck('Title') },
    'generators of partitions': {
      lazy: () =>
        bag.range(40, { partitions: 3 }).mapPartitions(async function* (items) {
          yield items.length
          await Promise.resolve()
          yield* items
        }),
    },
    'keys of every kind': {
      lazy: () =>
        bag
          .range(60, { partitions: 5 })
          .map((x) => [{ a: x % 2, b: [x % 3] }, new Date(x % 2), new Map([[x % 2, 'v']]), x % 4, null, String(x % 3)][x % 6])
          .distinct(),
    },
    'instances of classes': {
      lazy: () =>
        bag
          .range(8)
          .map((x) => new Vector(x % 3, 1))
          .groupBy((v) => v, { partitions: 2 })
          .map(([key, items]) => [key.length, items.map((v) => v.length)]),
    },
    'csv by column': {
      lazy: () =>
        bag
          .readCsv(vega('flights-airport.csv'), { columns: { origin: 'string', count: 'number' }, blockSize: 20_000 })
          .foldBy(
            (f) => f.origin,
            (n, f) => n + (f.count ?? 0),
            0,
            (a, b) => a + b,
          )
          .topk(5, ([, n]) => n),
    },
    repartitioned: {
      lazy: () =>
        read()
          .repartition({ partitions: 9 })
          .mapPartitions((items) => [items.length]),
    },
  }

const results = new Map<string, unknown>()

test('inline', async () => {
  for (const [name, { lazy, expected }] of Object.entries(programs)) {
    const result = await lazy().compute({ executor: 'inline' })
    results.set(name, result)
    if (expected) assert.deepEqual(result, expected(), name)
    assert.deepEqual(await lazy().compute({ executor: 'inline', optimize: false }), result, `${name}, not optimized`)
  }
  await config.with({ optimization: { fuse: false }, inline: { freeze: false } }, async () => {
    for (const [name, { lazy }] of Object.entries(programs)) {
      assert.deepEqual(await lazy().compute({ executor: 'inline' }), results.get(name), `${name}, not fused`)
    }
  })
})

for (const executor of ['threads', 'processes'] as const) {
  test(executor, async () => {
    for (const [name, { lazy }] of Object.entries(programs)) {
      assert.deepEqual(await lazy().compute({ executor }), results.get(name), name)
    }
  })

  test(`persisted in ${executor}`, async () => {
    const held = read()
      .filter((m) => m['IMDB Rating'] !== null)
      .persist({ executor })
    const rated = movies.filter((m) => m['IMDB Rating'] !== null)
    const [count, top] = await compute(held.count(), held.topk(3, (m) => m['IMDB Rating']!).pluck('Title'), { executor })
    assert.equal(count, rated.length)
    assert.deepEqual(
      top,
      [...rated]
        .sort((a, b) => b['IMDB Rating']! - a['IMDB Rating']!)
        .slice(0, 3)
        .map((m) => m.Title),
    )
    // A function may capture what is persisted, and finds all of it.
    const sizes = bag.range(2).map(async (i) => (await held.compute()).length + i)
    assert.deepEqual(await sizes.compute({ executor }), [rated.length, rated.length + 1])
    assert.deepEqual(await held.take(2, { executor }), rated.slice(0, 2))
  })
}

test('bags are arguments of delayed functions, fused like any other', async () => {
  const longest = delayed((lengths: number[], n: number) => [Math.max(...lengths), n])(
    read().map((m) => String(m.Title).length),
    read().count(),
  )
  assert.deepEqual(await longest.compute({ executor: 'threads' }), [
    Math.max(...movies.map((m) => String(m.Title).length)),
    movies.length,
  ])
  assert.match(longest.explain(), /readJson-map/)
  const parts = bag
    .range(6, { partitions: 2 })
    .map((x) => x + 1)
    .toDelayed()
  assert.deepEqual(await compute(...(parts as [(typeof parts)[0]]), { executor: 'threads' }), [
    [1, 2, 3],
    [4, 5, 6],
  ])
  const back = bag.fromDelayed(parts)
  assert.deepEqual(await back.compute({ executor: 'inline' }), [1, 2, 3, 4, 5, 6])
  const sets = bag.fromDelayed([1, 2].map((n) => delayed((n: number): Iterable<number> => (n === 1 ? new Set([1, 2]) : [3]))(n)))
  assert.deepEqual(await sets.map((x) => x * 2).compute({ executor: 'threads' }), [2, 4, 6])
})

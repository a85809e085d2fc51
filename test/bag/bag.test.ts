// Every public name with real data, what the classes promise beyond the items, and what is wrong in good words.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { ArgumentError, TaskError, annotate, compute, config, delayed, value } from 'heddle'
import * as bag from '../../src/bag/index.js'
import { type Movie, mobyDick, movies, vega } from './data.js'

const inline = { executor: 'inline' } as const
const all = (): bag.Bag<Movie> => bag.readJson<Movie>(vega('movies.json'), { layout: 'document' }).repartition({ partitions: 7 })
const ratings = movies.map((m) => m['IMDB Rating']).filter((r) => r !== null)

test('every name of the parity list is there', () => {
  const methods = `accumulate all any compute count distinct filter flatten fold foldBy frequencies groupBy join map mapPartitions max mean min
    persist pluck product randomSample reduction remove repartition starMap std sum take toAvro toDelayed topk toTextFiles var visualize`
  for (const name of methods.split(/\s+/)) assert.equal(typeof bag.Bag.prototype[name as 'map'], 'function', name)
  const functions = `choices concat fromDelayed fromSequence fromUrl map mapPartitions range readAvro readText sample toTextFiles zip`
  const exported = new Map<string, unknown>(Object.entries(bag))
  for (const name of functions.split(/\s+/)) assert.equal(typeof exported.get(name), 'function', name)
  for (const name of ['apply', 'compute', 'persist', 'toDelayed', 'visualize'])
    assert.equal(typeof bag.Item.prototype[name as 'apply'], 'function', name)
  assert.equal(typeof bag.Item.fromDelayed, 'function')
})

test('movies', async () => {
  const rated = all()
    .pluck('IMDB Rating')
    .filter((r) => r !== null)
  const genres = new Map<string | null, Movie[]>()
  for (const m of movies) genres.set(m['Major Genre'], [...(genres.get(m['Major Genre']) ?? []), m])
  const result = await compute(
    {
      count: all().count(),
      max: rated.max(),
      min: rated.min(),
      mean: rated.mean(),
      frequencies: all().pluck('Major Genre').frequencies(),
      groups: all()
        .groupBy((m) => m['Major Genre'])
        .map(([key, items]) => [key, items.length] as const),
      first: all()
        .distinct((m) => m['Major Genre'])
        .pluck('Title'),
      best: all()
        .topk(5, (m) => m['IMDB Rating'] ?? Number.NaN)
        .pluck('Title'),
      dates: all()
        .pluck('Release Date', 'unknown')
        .map((text) => new Date(text ?? Number.NaN))
        .filter((d) => d.getTime() > 0)
        .max(),
      noGenre: all()
        .remove((m) => m['Major Genre'] !== null)
        .any(),
      titles: all().all(),
    },
    { executor: 'threads' },
  )
  assert.equal(result.count, movies.length)
  assert.equal(result.max, Math.max(...ratings))
  assert.equal(result.min, Math.min(...ratings))
  assert.ok(Math.abs(result.mean - ratings.reduce((a, b) => a + b) / ratings.length) < 1e-12)
  assert.deepEqual(
    result.frequencies,
    [...genres].map(([key, items]) => [key, items.length]),
  )
  assert.deepEqual(
    new Map(result.groups as [string | null, number][]),
    new Map([...genres].map(([key, items]) => [key, items.length])),
  )
  assert.deepEqual(
    result.first,
    [...genres.values()].map(([m]) => m!.Title),
  )
  const score = (m: Movie): number => m['IMDB Rating'] ?? Number.NEGATIVE_INFINITY
  assert.deepEqual(
    result.best,
    [...movies]
      .sort((a, b) => score(b) - score(a))
      .slice(0, 5)
      .map((m) => m.Title),
  )
  assert.deepEqual(
    result.dates,
    new Date(Math.max(...movies.map((m) => new Date(m['Release Date'] ?? Number.NaN).getTime()).filter((t) => t > 0))),
  )
  assert.equal(result.noGenre, genres.has(null))
  assert.equal(result.titles, true)
})

test('words of Moby Dick', async () => {
  const path = `${mobyDick}/chapter_32.txt`
  const words = readFileSync(path, 'utf8')
    .toLowerCase()
    .match(/\p{L}+/gu)!
  const counts = new Map<string, number>()
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1)
  const lazy = bag.readText(path, { blockSize: 4096 }).flatMap((line) => line.toLowerCase().match(/\p{L}+/gu) ?? [])
  assert.deepEqual(
    await lazy.frequencies({ sort: true }).compute({ executor: 'threads' }),
    [...counts].sort((a, b) => b[1] - a[1]),
  )
  assert.equal(
    await lazy
      .map((word) => word.length)
      .sum()
      .compute(inline),
    words.join('').length,
  )
  assert.equal(await lazy.max().compute(inline), [...words].sort().at(-1))
})

test('partitions of sequences', async () => {
  assert.equal(bag.fromSequence([]).partitions, 1)
  assert.equal(bag.fromSequence([1, 2, 3]).partitions, 3)
  assert.ok(bag.range(10_000).partitions >= 100)
  assert.equal(bag.range(10, { partitionSize: 4 }).partitions, 3)
  assert.equal(bag.range(2, { partitions: 5 }).partitions, 5)
  assert.deepEqual(
    await bag
      .range(10, { partitionSize: 4 })
      .mapPartitions((p) => [p])
      .compute(inline),
    [
      [0, 1, 2, 3],
      [4, 5, 6, 7],
      [8, 9],
    ],
  )
  config.with({ bag: { partitionSize: 5 } }, () => assert.equal(bag.range(11).partitions, 3))
  assert.deepEqual(await bag.fromSequence(new Set('aba')).compute(inline), ['a', 'b'])
  const empty = bag.fromSequence<number>([])
  assert.deepEqual(await compute(empty.count(), empty.sum(), empty.frequencies(), empty.topk(1), inline), [0, 0, [], []])
  assert.equal(await empty.mean().compute(inline), Number.NaN)
})

test('mapPartitions of several bags, anywhere among the arguments', async () => {
  const a = bag.range(6, { partitions: 2 })
  const b = a.map((x) => String(x))
  const result = bag.mapPartitions(
    (prefix: string, xs: number[], ys: string[], n: number) => [`${prefix}${xs.join('')}${ys.join('')}${n}`],
    '>',
    a,
    b,
    a.count(),
  )
  assert.deepEqual(await result.compute({ executor: 'threads' }), ['>0120126', '>3453456'])
  const changed = a.mapPartitions((items) => items.sort((x, y) => y - x))
  assert.deepEqual(await changed.compute(inline), [2, 1, 0, 5, 4, 3], 'a partition may be changed: it is a copy')
  assert.deepEqual(await a.compute(inline), [0, 1, 2, 3, 4, 5])
})

test('items', async () => {
  const sum = bag.range(5).sum()
  assert.ok(sum instanceof bag.Item)
  assert.equal(await sum.apply((x) => x * 2).compute(inline), 20)
  assert.equal(
    await sum
      .toDelayed()
      .map((x) => x + 1)
      .compute(inline),
    11,
  )
  const item = bag.Item.fromDelayed(delayed((x: number) => x + 1)(1))
  assert.equal(
    await item
      .persist(inline)
      .apply((x) => x * 10)
      .compute(inline),
    20,
  )
  assert.ok((await item.visualize()).includes('<svg'))
  assert.throws(() => bag.Item.fromDelayed(3 as never), /Item\.fromDelayed: a Delayed is needed, not 3/)
})

test('steps in a row are one task, also into readers and reductions', () => {
  const lines = bag.readText(vega('airports.csv'), { blockSize: 50_000 })
  const n = lines.partitions
  const count = lines
    .map((l) => l.length)
    .filter((x) => x > 3)
    .flatMap((x) => [x])
    .count()
  assert.match(count.explain(), new RegExp(`Graph of ${n + 1} tasks, 2 layers, ${n} dependencies`))
  assert.match(count.explain(), /after fuse\n {2}count: of \d+ parts, 8 at a time\n {4}readText-map-filter-flatMap-count: /)
  // What two need is computed once: a task a partition for it, and for each of them.
  const lengths = lines.map((l) => l.length)
  const both = delayed((a: number, b: number) => a + b)(lengths.sum(), lengths.max())
  assert.match(both.explain(), new RegExp(`Graph of ${3 * n + 3} tasks`))
  const tree = bag.range(100, { partitions: 20 }).sum()
  assert.match(tree.explain(), /sum-combine/)
  assert.match(tree.explain(), new RegExp(`Graph of ${20 + 3 + 1} tasks`))
  assert.equal(inspect(count), `Item { count: of ${n} parts, 8 at a time }`)
  // Steps of different annotations stay apart.
  const apart = annotate({ retries: 2 }, () => lines.map((l) => l.length)).filter((x) => x > 3)
  assert.match(apart.explain(), new RegExp(`Graph of ${3 * n} tasks`))
})

test('equal bags are computed once', async () => {
  const double = (x: number): number => x * 2
  const source = bag.range(8, { partitions: 2 })
  const [a, b] = [source.map(double).sum(), source.map(double).sum()]
  const both = delayed((x: number, y: number) => [x, y])(a, b)
  assert.match(both.explain(), /Graph of 6 tasks, 4 layers/)
  assert.deepEqual(await both.compute(inline), [56, 56])
})

test('visualize draws what explain counts', async () => {
  const words = bag
    .range(12, { partitions: 3 })
    .map((x) => x % 2)
    .frequencies()
  const svg = await words.visualize()
  assert.equal(svg.match(/class="node"/g)?.length, 4)
  assert.equal(svg.match(/class="edge"/g)?.length, 3)
  assert.equal(svg.match(/title="range&#45;map&#45;frequencies&#45;\w+:\d/g)?.length, 3, 'a node for each partition')
  assert.match(words.explain(), /Graph of 4 tasks/)
})

test('at most 64 calls of an asynchronous function wait at the same time, and partitions overlap', async () => {
  let waiting = 0
  let most = 0
  const seen = await bag
    .range(500, { partitions: 1 })
    .flatMap((x) => [x, x])
    .map(async (x) => {
      most = Math.max(most, ++waiting)
      await new Promise((resolve) => setImmediate(resolve))
      waiting--
      return x
    })
    .compute(inline)
  assert.equal(most, 64)
  assert.deepEqual(
    seen,
    Array.from({ length: 1000 }, (_, i) => i >> 1),
  )
})

function text(): never {
  // oxlint-disable-next-line no-throw-literal, typescript/only-throw-error
  throw 'no error'
}

for (const executor of ['inline', 'threads'] as const) {
  test(`errors name the step and the place, in ${executor}`, async () => {
    const fail = (bad: bag.Bag<unknown> | bag.Item<unknown>): Promise<TaskError> =>
      bad.compute({ executor }).then(
        () => assert.fail('it did not fail'),
        (error: TaskError) => error,
      )
    const numbers = bag.range(10, { partitions: 2 })
    const boom = (x: number): number => {
      if (x === 7) throw new RangeError('seven')
      return x
    }
    for (const [label, bad] of Object.entries({
      map: numbers.map(boom).filter((x) => x > 3),
      filter: numbers
        .map((x) => x)
        .filter((x) => boom(x) > 0)
        .count(),
      remove: numbers.remove((x) => boom(x) > 100),
      flatMap: numbers
        .flatMap(function* (x) {
          yield boom(x)
        })
        .sum(),
      starMap: numbers.map((x): [number] => [x]).starMap(boom),
      mapPartitions: numbers.mapPartitions((xs) => xs.map(boom)),
      groupBy: numbers.groupBy(boom),
      foldBy: numbers.foldBy(
        boom,
        (a) => a,
        0,
        (a) => a,
      ),
      topk: numbers.topk(1, boom),
      distinct: numbers.map((x) => x).distinct(boom),
      fold: numbers.fold((a, x) => a + boom(x)),
      reduction: numbers.reduction(
        (xs) => xs.map(boom).length,
        (parts) => parts[0]!,
      ),
      join: numbers.join([1], { left: boom, right: (x) => x }),
      accumulate: numbers.accumulate((_, x) => boom(x)),
    })) {
      const error = await fail(bad)
      assert.equal(error.label, label)
      assert.match(error.message, new RegExp(`^${label} failed at .*bag\\.test\\.[jt]s:\\d+:\\d+: RangeError: seven`))
      assert.ok(error.cause instanceof RangeError)
    }
    const asynchronous = await fail(
      numbers
        .map((x) => x)
        .map(async (x) => boom(x))
        .flatMap((x) => [x]),
    )
    assert.match(asynchronous.message, /^map failed at .*bag\.test.*RangeError: seven/)
    // It fails while the pipeline waits for something else, and there is no next item.
    const late = numbers.mapPartitions(async function* (xs) {
      yield* xs
      for (let i = 0; i < 50; i++) await Promise.resolve()
    })
    assert.match((await fail(late.map(async (x) => x).filter((x) => boom(x) > 0))).message, /^filter failed/)
    const thrown: Record<string, bag.Bag<unknown> | bag.Item<unknown>> = {
      map: numbers.map((x) => x).map(() => text()),
      topk: numbers
        .frequencies()
        .map((x) => x)
        .topk(1, () => text()),
      foldBy: numbers.foldBy(
        (x) => x % 2,
        (a, x) => a + x,
        0,
        (): number => text(),
      ),
      reduction: numbers.reduction(
        (xs) => xs.length,
        async () => text(),
      ),
    }
    for (const [label, bad] of Object.entries(thrown)) {
      const { message } = await fail(bad)
      const expected = `^${label} failed at .*bag\\.test\\.[jt]s:\\d+:\\d+: NonError: a value that is not an Error was thrown: "no error"`
      assert.match(message, new RegExp(expected))
    }
  })
}

test('what is wrong with the data', async () => {
  const numbers = bag.range(6, { partitions: 2 })
  const wrong: [bag.Bag<unknown> | bag.Item<unknown>, RegExp][] = [
    [bag.fromSequence([1, 'a'] as number[]).sum(), /sum failed.*sum is of numbers, but an item is "a"/],
    [bag.fromSequence([1, 'a'] as number[]).max(), /max cannot compare "a" with 1/],
    [
      bag.fromSequence([{}] as number[]).min(),
      /min compares numbers, texts, bigints, booleans and dates, but an item is an object/,
    ],
    [bag.fromSequence([{}] as number[]).topk(1), /topk compares .* but an item is an object\. Give a function/],
    [bag.fromSequence([1]).flatten(), /flatten: an item is 1, which is not iterable/],
    [numbers.flatMap(() => 3 as never), /flatMap: the function gave 3, which is not iterable/],
    [numbers.mapPartitions(() => 3 as never), /mapPartitions: the function gave 3, which is not iterable/],
    [numbers.filter((async () => true) as never), /filter: the function gave a Promise, which is neither true nor false/],
    [(numbers as unknown as bag.Bag<[number]>).starMap((x) => x), /starMap: an item is 0, not an array of arguments/],
    [bag.fromSequence([null] as unknown as { a: 1 }[]).pluck('a'), /pluck failed.*TypeError/],
    [numbers.groupBy((x) => () => x), /groupBy failed.*function .* cannot be a key/],
    [
      numbers.map((x, y) => x + y, bag.concat([bag.range(2, { partitions: 1 }), bag.range(4, { partitions: 1 })])),
      /map: in partition 0 one bag has 2 items, another more/,
    ],
    [
      numbers.map((x, y) => x + y, bag.concat([bag.range(3, { partitions: 1 }), bag.range(4, { partitions: 1 })])),
      /map: in partition 1 one bag has 4 items, another 3/,
    ],
    [
      bag.zip(
        numbers,
        numbers.filter((x) => x > 0),
      ),
      /zip: bags must have partitions of the same lengths, but here these have 3, 2 items/,
    ],
    [bag.fromDelayed([value(3 as unknown as number[])]), /a partition must be an array or something else to iterate over, not 3/],
    [numbers.filter(() => false).fold((a, b) => a + b), /EmptyBagError: fold of the bag range → filter, which has no items/],
  ]
  for (const [bad, message] of wrong) await assert.rejects(bad.compute(inline), message)
})

test('what is wrong with arguments is said at once', async () => {
  const numbers = bag.range(4, { partitions: 2 })
  const wrong: [() => unknown, RegExp][] = [
    [() => bag.fromSequence(Promise.resolve([1]) as never), /fromSequence: argument 1 is a Promise.*await it first/],
    [() => bag.fromSequence(3 as never), /fromSequence: an array or something else to iterate over is needed, not 3/],
    [() => bag.fromSequence([1], { partitions: 0 }), /fromSequence: partitions must be a positive integer, not 0/],
    [() => bag.fromSequence([1], { partitions: 1, partitionSize: 1 }), /fromSequence: give either partitions or partitionSize/],
    [() => bag.range(-1), /range: n must be 0 or a positive integer, not -1/],
    [() => bag.range(1.5), /range: n must be 0 or a positive integer, not 1.5/],
    [() => bag.fromDelayed([]), /fromDelayed: at least one delayed value/],
    [() => bag.fromDelayed([3 as never]), /fromDelayed: item 0 is 3, not a Delayed/],
    [() => bag.concat([]), /concat: at least one bag/],
    [() => bag.concat([3 as never]), /concat: a bag is needed, not 3/],
    [() => bag.zip(), /zip: at least one bag/],
    [() => bag.zip(numbers, bag.range(2, { partitions: 1 })), /zip: bags must have the same partitions, but these have 2, 1/],
    [() => bag.map((x: number) => x, 3), /map: at least one argument must be a bag/],
    [() => numbers.map(undefined as never), /map: a function is needed, not undefined/],
    [() => numbers.map((x, y: number) => x + y, Promise.resolve(1) as never), /map: argument 2 is a Promise/],
    [
      () => numbers.map((x, y: number) => x + y, bag.range(9, { partitions: 3 })),
      /map: argument 1 has 2 partitions, but argument 2 has 3.*repartition/,
    ],
    [() => numbers.filter(3 as never), /filter: a function is needed, not 3/],
    [() => numbers.pluck({} as never), /pluck: the name of a property, or an array of names, is needed, not an object/],
    [() => numbers.topk(-1), /topk: k must be 0 or a positive integer, not -1/],
    [() => numbers.topk(1, 'x' as never), /topk: a function that gives what to compare is needed, not "x"/],
    [() => numbers.randomSample(Number.NaN), /randomSample: the probability must be a number from 0 to 1, not NaN/],
    [() => numbers.randomSample(0.5, 0.5), /randomSample: the seed must be an integer, not 0.5/],
    [() => bag.sample(numbers, -1), /sample: k must be 0 or a positive integer, not -1/],
    [() => bag.choices(3 as never, 1), /choices: a bag is needed, not 3/],
    [() => numbers.repartition({ partitions: 0 }), /repartition: partitions must be a positive integer, not 0/],
    [() => numbers.repartition({} as never), /repartition: give either partitions, a number, or partitionSize, bytes/],
    [
      () =>
        numbers.foldBy(
          (x) => x,
          (a) => a,
          0,
          undefined as never,
        ),
      /foldBy: a function that adds up two totals is needed, not undefined/,
    ],
    [() => numbers.fold((a) => a, 0, undefined as never), /fold: a function that adds up two totals is needed/],
    [() => numbers.reduction(3 as never, (x) => x[0]!), /reduction: a function of a partition is needed, not 3/],
    [() => numbers.frequencies({ splitEvery: 1 }), /frequencies: splitEvery must be an integer of at least 2, not 1/],
    [() => numbers.var({ ddof: 'x' as never }), /var: ddof must be a number, not "x"/],
    [
      () => numbers.join(3 as never, { left: (x) => x, right: (x) => x }),
      /join: another bag, or something to iterate over, is needed, not 3/,
    ],
    [() => numbers.join([1], undefined as never), /join: left, a function that gives the key of an item of this bag, is needed/],
    [() => numbers.join(Promise.resolve([1]) as never, { left: (x) => x, right: (x) => x }), /join: argument 1 is a Promise/],
    [() => numbers.product([1] as never), /product: a bag is needed, not an array/],
    [() => numbers.groupBy((x) => x, { partitions: -1 }), /groupBy: partitions must be a positive integer/],
    [() => numbers.accumulate('x' as never), /accumulate: a function is needed, not "x"/],
  ]
  for (const [call, message] of wrong) {
    assert.throws(call, (error: Error) => {
      assert.ok(error instanceof ArgumentError, String(error))
      assert.match(error.message, message)
      return true
    })
  }
  await assert.rejects(numbers.take(-1), /take: the number of items must be 0 or a positive integer, not -1/)
  await assert.rejects(numbers.take(1, { partitions: 0 }), /take: partitions must be a positive integer, not 0/)
  await assert.rejects(bag.toTextFiles(3 as never, 'x'), /toTextFiles: a bag is needed, not 3/)
  await assert.rejects(numbers.toAvro('x', {} as never), /toAvro: a schema is needed, not undefined/)
  await assert.rejects(numbers.compute({ executor: 'inline', signal: AbortSignal.abort(new Error('no more')) }), /no more/)
})

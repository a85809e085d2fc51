// Compile-time tests: that this file compiles is the test. What must fail carries @ts-expect-error.
import { test } from 'node:test'
import { type Delayed, delayed } from 'heddle'
import * as bag from 'heddle/bag'

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
function is<T extends true>(): T | undefined {
  return undefined
}

interface Movie {
  title: string
  year: number
  rating?: number
}

test('the types of what is right', () => {
  const right = () => {
    const movies = bag.readJson<Movie>('movies.jsonl')
    const numbers = bag.fromSequence([1, 2, 3])
    const words = bag.fromSequence(['a', 'b'])

    const lengths = words.map((word) => word.length)
    is<Equal<typeof lengths, bag.Bag<number>>>()
    const asynchronous = words.map(async (word) => word.length)
    is<Equal<typeof asynchronous, bag.Bag<number>>>()
    const scaled = numbers.map((x, factor: number, name: string) => `${x * factor} ${name}`, numbers.sum(), words)
    is<Equal<typeof scaled, bag.Bag<string>>>()
    const narrowed = bag.fromSequence([1, null, 2]).filter((x) => x !== null)
    is<Equal<typeof narrowed, bag.Bag<number>>>()
    const rest = bag.fromSequence<number | string>([1, 'a']).remove((x) => typeof x === 'number')
    is<Equal<typeof rest, bag.Bag<string>>>()
    const letters = words.flatMap((word) => word.split(''))
    is<Equal<typeof letters, bag.Bag<string>>>()
    const flat = bag.fromSequence([[1], [2, 3]]).flatten()
    is<Equal<typeof flat, bag.Bag<number>>>()
    const titles = movies.pluck('title')
    is<Equal<typeof titles, bag.Bag<string>>>()
    const pairs = movies.pluck(['title', 'year'])
    is<Equal<typeof pairs, bag.Bag<[string, number]>>>()
    const ratings = movies.pluck('rating', null)
    is<Equal<typeof ratings, bag.Bag<number | null>>>()
    const stars = pairs.starMap((title, year) => title.length + year)
    is<Equal<typeof stars, bag.Bag<number>>>()
    const groups = movies.groupBy((movie) => movie.year)
    is<Equal<typeof groups, bag.Bag<[key: number, items: Movie[]]>>>()
    const totals = movies.foldBy(
      (movie) => movie.title,
      (total, movie) => total + movie.year,
      0,
      (a, b) => a + b,
    )
    is<Equal<typeof totals, bag.Bag<[key: string, total: number]>>>()
    const counts = words.frequencies()
    is<Equal<typeof counts, bag.Bag<[item: string, count: number]>>>()
    const top = counts.topk(3, ([, count]) => count)
    is<Equal<typeof top, bag.Bag<[item: string, count: number]>>>()
    const largest = numbers.topk(2)
    is<Equal<typeof largest, bag.Bag<number>>>()
    const joined = movies.join(bag.fromSequence([{ year: 1, name: 'x' }]), { left: (m) => m.year, right: (y) => y.year })
    is<Equal<typeof joined, bag.Bag<[left: Movie, right: { year: number; name: string }]>>>()
    const looked = movies.join([{ y: 1 }], { left: (m) => m.year, right: (o) => o.y })
    is<Equal<typeof looked, bag.Bag<[left: Movie, right: { y: number }]>>>()
    const lazily = movies.join(delayed(() => [1, 2])(), { left: (m) => m.year, right: (o) => o })
    is<Equal<typeof lazily, bag.Bag<[left: Movie, right: number]>>>()

    const sum: Delayed<number> = numbers.sum()
    const max: Delayed<string> = words.max()
    const longest = words.fold((a, b) => (a.length > b.length ? a : b))
    is<Equal<typeof longest, bag.Item<string>>>()
    const size = words.fold(
      (n, word) => n + word.length,
      0,
      (a, b) => a + b,
    )
    is<Equal<typeof size, bag.Item<number>>>()
    const reduced = words.reduction(
      async (items) => items.length,
      (parts) => parts.reduce((a, b) => a + b),
    )
    is<Equal<typeof reduced, bag.Item<number>>>()
    const running = words.accumulate((n, word) => n + word.length, 0)
    is<Equal<typeof running, bag.Bag<number>>>()
    const parts = words.mapPartitions(function* (items) {
      for (const item of items) yield item.length
    })
    is<Equal<typeof parts, bag.Bag<number>>>()
    const wholes = numbers.mapPartitions((xs, ys: string[]) => [xs.length + ys.length], words)
    is<Equal<typeof wholes, bag.Bag<number>>>()
    const zipped = bag.zip(numbers, words)
    is<Equal<typeof zipped, bag.Bag<[number, string]>>>()
    const product = numbers.product(words)
    is<Equal<typeof product, bag.Bag<[number, string]>>>()
    const powers = bag.map((base: number, exponent: number) => base ** exponent, 2, numbers)
    is<Equal<typeof powers, bag.Bag<number>>>()
    const lines = bag.readText('x', { includePath: true })
    is<Equal<typeof lines, bag.Bag<[line: string, path: string]>>>()
    const rows = bag.readCsv('x', { columns: { origin: 'string', delay: 'number' } }).pluck('delay')
    is<Equal<typeof rows, bag.Bag<number | null>>>()
    const items = words.toDelayed()
    is<Equal<typeof items, Delayed<string[]>[]>>()
    const taken = words.take(2)
    is<Equal<typeof taken, Promise<string[]>>>()
    const computed = words.compute()
    is<Equal<typeof computed, Promise<string[]>>>()
    const persisted = words.persist()
    is<Equal<typeof persisted, bag.Bag<string>>>()

    // A bag of a subtype is a bag of the type.
    const wider: bag.Bag<string | number> = words
    const inner = delayed((xs: string[], n: number) => xs.length + n)(words, numbers.count())
    is<Equal<typeof inner, Delayed<number>>>()
    return [sum, max, wider]
  }
  void right
})

test('what must not compile', () => {
  const wrong = () => {
    const movies = bag.readJson<Movie>('movies.jsonl')
    const words = bag.fromSequence(['a'])
    // @ts-expect-error the sum of texts
    words.sum()
    // @ts-expect-error no such property
    movies.pluck('titel')
    // @ts-expect-error nor in a list
    movies.pluck(['title', 'yaer'])
    // @ts-expect-error items are unknown until they are typed
    bag.readJson('x').map((m) => m.title)
    // @ts-expect-error movies cannot be compared
    movies.max()
    // @ts-expect-error nor ranked by themselves
    movies.topk(3)
    // @ts-expect-error a promise is neither true nor false
    words.filter(async (word) => word.length > 3)
    // @ts-expect-error the argument that is missing
    words.map((word, n: number) => word.repeat(n))
    // @ts-expect-error a bag of the wrong type beside it
    words.map((word, n: number) => word.repeat(n), words)
    // @ts-expect-error keys of different types
    movies.join(words, { left: (m) => m.year, right: (w) => w })
    // @ts-expect-error movies are no texts
    void movies.toTextFiles('out/*.txt')
    // @ts-expect-error numbers are no arguments
    bag.range(3).starMap((a) => a)
    // @ts-expect-error either way of repartitioning, not both
    void words.repartition({ partitions: 1, partitionSize: 2 })
    // @ts-expect-error a wider bag is no narrower one
    const narrower: bag.Bag<'a'> = words
    return narrower
  }
  void wrong
})

import { ArgumentError, describe, parseBytes } from '../base/index.js'
import { Delayed, type Lazy } from '../delayed/index.js'
import { type ComputeOptions, type Expression, LazyCollection, type Pass } from '../expr/index.js'
import type { OutputTarget, WriteAvroOptions, WriteTextOptions } from '../formats/index.js'
import type { TaskFunction } from '../graph/index.js'
import { Accumulated } from './accumulated.js'
import { THIS, needCount, needFunction, needSeed, refusePromise, singleInput, takeArguments } from './arguments.js'
import { byteSize, concatenate, gatherPartitions } from './gather.js'
import { avroSink, textSink } from './file-sinks.js'
import { Item } from './item.js'
import type { Ordered } from './numeric.js'
import { type Input, Partitionwise, type SourceSpec, bagPasses, partitionsOf } from './partitionwise.js'
import { type Pick, Rearranged } from './rearranged.js'
import { type TreeOptions, reducing } from './reduced.js'
import { Regrouped, bySize, evenly } from './regrouped.js'
import { Shuffled } from './shuffled.js'
import type { Sink } from './sinks.js'
import type { Step, UserFunction } from './steps.js'
import { takeSome } from './take.js'

/** How items are dealt out by key. */
export interface ByKeyOptions<in K> {
  /** how many partitions the result has; as many as there are unless told */
  readonly partitions?: number
  /**
   * Gives the partition of a key, a whole number from 0 up to, not including, `partitions`; by hash unless told. Keys that
   * are equal must go to the same partition.
   */
  readonly partitioner?: (key: K, partitions: number) => number
}

/** How different items are found. */
export interface DistinctOptions extends TreeOptions {
  /** how many partitions the result has, if it is to have more than one */
  readonly partitions?: number
}

/** Further arguments of a function, which may be lazy: of a bag, the function gets the item that goes with its own. */
export type MoreItems<X extends readonly unknown[]> = { [K in keyof X]: Lazy<X[K]> | Bag<X[K]> | X[K] }

/** Further arguments of a function of partitions: of a bag, the function gets the partition that goes with its own. */
export type MorePartitions<X extends readonly unknown[]> = {
  [K in keyof X]: Lazy<X[K]> | X[K] | (X[K] extends readonly (infer E)[] ? Bag<E> : never)
}

/**
 * Items in partitions, lazy and unordered by nothing but their places: for text, logs, JSON records and whatever else
 * JavaScript works on one by one. Steps compute nothing: `compute()`, `take()` and `persist()` do, one task for each
 * partition, into which all steps in a row are fused.
 *
 * Where items or keys are compared, primitives are equal by value (NaN equals NaN, -0 equals 0, 1 does not equal '1'), objects
 * by content: arrays item by item, records, maps and sets in any order, dates by time, instances also by the name of
 * their class.
 *
 * @example
 * const words = bag.readText('books/*.txt').flatMap((line) => line.toLowerCase().match(/\p{L}+/gu) ?? [])
 * const common = await words.frequencies().topk(10, ([, count]) => count).compute() // [word, count][]
 */
export class Bag<out T> extends LazyCollection<T[]> {
  readonly expression: Expression

  /** Use `fromSequence`, `readText` and their like. An expression for a bag has partitions, arrays, for its values. */
  constructor(expression: Expression) {
    super()
    this.expression = expression
  }

  /**
   * The number of partitions.
   *
   * @example
   * bag.range(10, { partitions: 4 }).partitions // 4
   */
  get partitions(): number {
    return this.expression.size
  }

  finalize(values: unknown[]): T[] {
    return concatenate(values as T[][])
  }

  rebuild(expression: Expression): this {
    return new Bag(expression) as this
  }

  override get passes(): readonly Pass[] {
    return bagPasses
  }

  override get fusible(): boolean {
    return true
  }

  override get gathering(): TaskFunction {
    return gatherPartitions as TaskFunction
  }

  // ——— item by item

  /**
   * What a function gives for each item. It may be asynchronous: then up to 64 items of a partition are waited for at
   * once, and the results keep the order of the items. Further arguments may be values, lazy values, and bags of the same
   * partitions, which are gone through side by side.
   *
   * @example
   * const squares = bag.range(5).map((x) => x * x)
   * const pages = urls.map(async (url) => (await fetch(url)).text())
   * const centred = numbers.map((x, mean) => x - mean, numbers.mean())
   */
  map<R, X extends readonly unknown[] = []>(fn: (item: T, ...more: X) => R, ...more: MoreItems<X>): Bag<Awaited<R>> {
    return this.mapItems(needFunction('map', fn), [THIS, ...more])
  }

  /**
   * The items for which a function gives something true.
   *
   * @example
   * const long = words.filter((word) => word.length > 10)
   */
  filter<U extends T>(fn: (item: T) => item is U): Bag<U>
  filter(fn: (item: T) => boolean): Bag<T>
  filter(fn: (item: T) => boolean): Bag<T> {
    return this.#step({ kind: 'filter', label: 'filter', fn: needFunction('filter', fn) })
  }

  /**
   * The items for which a function gives something false: what `filter` leaves out.
   *
   * @example
   * const alive = lines.remove((line) => line === '')
   */
  remove<U extends T>(fn: (item: T) => item is U): Bag<Exclude<T, U>>
  remove(fn: (item: T) => boolean): Bag<T>
  remove(fn: (item: T) => boolean): Bag<T> {
    return this.#step({ kind: 'remove', label: 'remove', fn: needFunction('remove', fn) })
  }

  /**
   * All items of what a function gives for each item. It may be asynchronous, as for `map`, or a generator.
   *
   * @example
   * const words = lines.flatMap((line) => line.split(' '))
   */
  flatMap<R>(fn: (item: T) => Iterable<R> | PromiseLike<Iterable<R>>): Bag<R> {
    needFunction('flatMap', fn)
    return this.#steps([
      { kind: 'map', label: 'flatMap', fn },
      { kind: 'flatten', label: 'flatMap', fn },
    ])
  }

  /**
   * The items of items that are arrays, or something else to iterate over; of texts their characters.
   *
   * @example
   * bag.fromSequence([[1, 2], [3]]).flatten() // 1, 2, 3
   */
  flatten(): Bag<T extends Iterable<infer E> ? E : never> {
    return this.#step({ kind: 'flatten', label: 'flatten' })
  }

  /**
   * A property of each item, or several as an array. `missing` stands for what an item does not have.
   *
   * @example
   * movies.pluck('title')                 // Bag<string>
   * movies.pluck(['title', 'year'])       // Bag<[string, number]>
   * movies.pluck('rating', 0)
   */
  pluck<K extends keyof T>(key: K): Bag<T[K]>
  pluck<const K extends readonly (keyof T)[]>(keys: K): Bag<{ -readonly [I in keyof K]: T[K[I]] }>
  pluck<K extends keyof T, D>(key: K, missing: D): Bag<Exclude<T[K], undefined> | D>
  pluck<const K extends readonly (keyof T)[], D>(
    keys: K,
    missing: D,
  ): Bag<{ -readonly [I in keyof K]: Exclude<T[K[I]], undefined> | D }>
  pluck(key: PropertyKey | readonly PropertyKey[], missing?: unknown): Bag<never> {
    for (const k of Array.isArray(key) ? (key as readonly unknown[]) : [key]) {
      if (!['string', 'number', 'symbol'].includes(typeof k))
        throw new ArgumentError(`pluck: the name of a property, or an array of names, is needed, not ${describe(k)}`)
    }
    return this.#step({ kind: 'pluck', label: 'pluck', key, missing })
  }

  /**
   * What a function gives for each item, an array, as its arguments. It may be asynchronous, as for `map`.
   *
   * @example
   * bag.zip(widths, heights).starMap((width, height) => width * height)
   */
  starMap<R>(
    this: T extends readonly unknown[] ? Bag<T> : never,
    fn: (...args: T extends readonly unknown[] ? T : never) => R,
  ): Bag<Awaited<R>> {
    return (this as Bag<unknown>).#step({ kind: 'starMap', label: 'starMap', fn: needFunction('starMap', fn) })
  }

  /**
   * Each item with the given probability, by chance; the same ones in every computation. Two bags with the same seed, items
   * and partitions give the same sample.
   *
   * @example
   * const some = lines.randomSample(0.01, 42)
   */
  randomSample(probability: number, seed?: number): Bag<T> {
    if (!(probability >= 0 && probability <= 1))
      throw new ArgumentError(`randomSample: the probability must be a number from 0 to 1, not ${describe(probability)}`)
    return this.#step({ kind: 'randomSample', label: 'randomSample', probability, seed: needSeed('randomSample', seed) })
  }

  // ——— partition by partition

  /**
   * What a function makes of each partition, an array which is its own to change. It gives an array or something else
   * to iterate over, also asynchronously: a generator's items go on one by one. Of further arguments that are bags, it gets
   * the partition that goes with its own.
   *
   * @example
   * const sorted = words.mapPartitions((items) => items.sort())
   * const parsed = lines.mapPartitions(async function* (items) {
   *   const parser = await loadParser()
   *   for (const line of items) yield parser.parse(line)
   * })
   */
  mapPartitions<R, X extends readonly unknown[] = []>(
    fn: (items: T[], ...more: X) => Iterable<R> | AsyncIterable<R> | PromiseLike<Iterable<R> | AsyncIterable<R>>,
    ...more: MorePartitions<X>
  ): Bag<R> {
    return this.mapArrays(needFunction('mapPartitions', fn), [THIS, ...more])
  }

  /**
   * The same items in the same order, in other partitions: in so many, which takes whole neighbours together or cuts each
   * into pieces; or in partitions of about `partitionSize` (bytes as they travel, or a text such as '64 MB'). For the
   * latter the bag is computed first, to see how large its partitions are: so it is a promise, and `persist()` before helps.
   *
   * @example
   * const few = lines.filter((line) => line.includes('ERROR')).repartition({ partitions: 4 })
   * const even = await records.persist().repartition({ partitionSize: '64 MB' })
   */
  repartition(options: { readonly partitions: number }): Bag<T>
  repartition(options: { readonly partitionSize: number | string }): Promise<Bag<T>>
  repartition({
    partitions,
    partitionSize,
  }: {
    readonly partitions?: number
    readonly partitionSize?: number | string
  }): Bag<T> | Promise<Bag<T>> {
    if ((partitions === undefined) === (partitionSize === undefined)) {
      throw new ArgumentError('repartition: give either partitions, a number, or partitionSize, bytes')
    }
    if (partitions !== undefined)
      return new Bag(
        new Regrouped(this.expression, evenly(this.partitions, needCount('repartition', 'partitions', partitions, 1))),
      )
    const most =
      typeof partitionSize === 'string' ? parseBytes(partitionSize) : needCount('repartition', 'partitionSize', partitionSize, 1)
    return this.mapPartitions(byteSize)
      .compute()
      .then((sizes) => new Bag<T>(new Regrouped(this.expression, bySize(sizes, most))))
  }

  /**
   * Running totals: each total comes of the one before and an item. The first is the first item; with `initial`, that. Every
   * partition waits for the one before it.
   *
   * @example
   * bag.fromSequence([1, 2, 3]).accumulate((total, x) => total + x)     // 1, 3, 6
   * bag.fromSequence([1, 2, 3]).accumulate((total, x) => total + x, 10) // 10, 11, 13, 16
   */
  accumulate(fn: (total: T, item: T) => T): Bag<T>
  accumulate<A>(fn: (total: A, item: T) => A, initial: A): Bag<A>
  accumulate<A>(fn: (total: A, item: T) => A, ...initial: [A?]): Bag<A> {
    needFunction('accumulate', fn)
    const input = new Accumulated(this.expression, { fn, initial: initial.length === 0 ? undefined : { value: initial[0] } })
    return Bag.#from({
      source: { kind: 'accumulated' },
      label: '',
      inputs: [{ expression: input, mode: 'each' }],
      partitions: this.partitions,
      token: '',
    })
  }

  /**
   * Every pair of an item of this bag and one of another.
   *
   * @example
   * bag.range(2).product(bag.fromSequence('ab')) // [0, 'a'], [0, 'b'], [1, 'a'], [1, 'b'], in some order
   */
  product<U>(other: Bag<U>): Bag<[T, U]> {
    needBag('product', other)
    const [n, m] = [this.partitions, other.partitions]
    const choose = (expression: Expression, pick: (i: number) => number): Input => ({
      expression: new Rearranged(
        'product',
        [expression],
        Array.from({ length: n * m }, (_, i): Pick => [0, pick(i)]),
      ),
      mode: 'each',
    })
    const inputs = [choose(this.expression, (i) => Math.floor(i / m)), choose(other.expression, (i) => i % m)]
    return Bag.#from({ source: { kind: 'product' }, label: 'product', inputs, partitions: n * m, token: '' })
  }

  // ——— by key

  /**
   * The items of each key, in the order of the bag. All items move: they are dealt out by key (a shuffle), over disks when
   * they are many; `foldBy` and `frequencies` move much less. A partition of the result must fit in the memory of a thread.
   * Keys go to partitions by hash, or as `partitioner` says.
   *
   * Fails with a ShuffleKeyError when a key cannot be compared, a PartitionerError when the partitioner gives no partition, a
   * ShuffleError when a disk is full.
   *
   * @example
   * const byYear = movies.groupBy((movie) => movie.year)               // Bag<[number, Movie[]]>
   * const counts = byYear.map(([year, items]) => [year, items.length])
   */
  groupBy<K>(key: (item: T) => K, options: ByKeyOptions<K> = {}): Bag<[key: K, items: T[]]> {
    const outputs = needCount('groupBy', 'partitions', options.partitions ?? this.partitions, 1)
    const shuffled = this.#byKey('groupBy', needFunction('groupBy', key), outputs, options)
    return Bag.#shuffled('groups', 'groupBy', [shuffled], outputs)
  }

  /**
   * A total for each key: `step` adds an item to the total of its key in a partition, which begins with a copy of
   * `initial`; `combine` adds up the totals of two partitions. Both may change their first argument.
   *
   * @example
   * const bytes = requests.foldBy((r) => r.host, (total, r) => total + r.bytes, 0, (a, b) => a + b) // Bag<[string, number]>
   */
  foldBy<K, A>(
    key: (item: T) => K,
    step: (total: A, item: T) => A,
    initial: A,
    combine: (a: A, b: A) => A,
    options?: TreeOptions,
  ): Bag<[key: K, total: A]> {
    needFunction('foldBy', key, 'a function that gives the key of an item')
    needFunction('foldBy', step, 'a function that adds an item to a total')
    needFunction('foldBy', combine, 'a function that adds up two totals')
    refusePromise('foldBy', initial, 3)
    return new Bag(reducing(this.expression, { kind: 'foldBy', label: 'foldBy', key, step, initial, combine }, options))
  }

  /**
   * Pairs of an item of this bag and one of another whose keys are equal. Another bag is dealt out by key, as for `groupBy`;
   * anything else, which should be small, is sent to every partition.
   *
   * @example
   * const named = orders.join(customers, { left: (o) => o.customer, right: (c) => c.id }) // Bag<[Order, Customer]>
   */
  join<U, K>(
    other: Bag<U> | Lazy<Iterable<U>> | Iterable<U>,
    keys: { readonly left: (item: T) => K; readonly right: (item: U) => K },
    options: ByKeyOptions<K> = {},
  ): Bag<[left: T, right: U]> {
    const left = needFunction('join', keys?.left, 'left, a function that gives the key of an item of this bag,')
    const right = needFunction('join', keys?.right, 'right, a function that gives the key of an item of the other bag,')
    if (other instanceof Bag) {
      const outputs = needCount('join', 'partitions', options.partitions ?? Math.max(this.partitions, other.partitions), 1)
      return Bag.#shuffled(
        'pairs',
        'join',
        [this.#byKey('join', left, outputs, options), other.#byKey('join', right, outputs, options)],
        outputs,
      )
    }
    if (other instanceof LazyCollection) {
      return this.#steps([{ kind: 'lookup', label: 'join', left, right, other: { input: 1, each: false } }], [singleInput(other)])
    }
    refusePromise('join', other, 1)
    if (typeof other !== 'string' && typeof (other as Partial<Iterable<U>> | null)?.[Symbol.iterator] !== 'function') {
      throw new ArgumentError(`join: another bag, or something to iterate over, is needed, not ${describe(other)}`)
    }
    return this.#step({ kind: 'lookup', label: 'join', left, right, other: { value: [...(other as Iterable<U>)] } })
  }

  /**
   * Each different item with the number of times it occurs, in the order in which they occur first, or the most frequent
   * first. One partition.
   *
   * @example
   * bag.fromSequence(['a', 'b', 'a']).frequencies() // ['a', 2], ['b', 1]
   */
  frequencies({ sort = false, ...options }: TreeOptions & { readonly sort?: boolean } = {}): Bag<[item: T, count: number]> {
    return new Bag(reducing(this.expression, { kind: 'frequencies', label: 'frequencies', sort }, options))
  }

  /**
   * The different items, or the first item of each key, in the order in which they occur first. One partition, unless
   * `partitions` says how many: then those that differ are dealt out by key, as for `groupBy`, and may be more than one
   * thread can hold.
   *
   * @example
   * const authors = books.distinct((book) => book.author)
   * const visitors = hits.distinct((hit) => hit.address, { partitions: 100 })
   */
  distinct(by?: (item: T) => unknown, options: DistinctOptions = {}): Bag<T> {
    if (by !== undefined) needFunction('distinct', by, 'a function that gives the key of an item')
    if (options.partitions !== undefined) {
      const outputs = needCount('distinct', 'partitions', options.partitions, 1)
      const firsts = this.#ending({ kind: 'reduce', reduction: { kind: 'distinct', label: 'distinct', by } })
      const shuffled = new Bag(firsts).#byKey('distinct', by ?? itself, outputs, {})
      return Bag.#shuffled('firsts', 'distinct', [shuffled], outputs)
    }
    return new Bag(reducing(this.expression, { kind: 'distinct', label: 'distinct', by }, options))
  }

  /**
   * The `k` largest items, or those for which a function gives the most; largest first, equal ones in the order of the bag,
   * NaN last. One partition.
   *
   * @example
   * const longest = words.topk(3, (word) => word.length)
   */
  topk(this: Bag<Ordered>, k: number): Bag<T>
  topk(k: number, by: (item: T) => Ordered, options?: TreeOptions): Bag<T>
  topk(k: number, by?: (item: never) => Ordered, options?: TreeOptions): Bag<T> {
    needCount('topk', 'k', k)
    if (by !== undefined) needFunction('topk', by, 'a function that gives what to compare')
    return new Bag(reducing(this.expression, { kind: 'topk', label: 'topk', k, by: by as UserFunction | undefined }, options))
  }

  // ——— to one value

  /**
   * One total of all items: `step` adds an item to the total of a partition, `combine` adds up two partitions. `initial` is
   * what the total of every partition starts with, so adding it must change nothing (0 for sums, 1 for products); it is copied.
   * Without it, totals start with the first item; of an empty bag there is none then, and computing it fails with
   * `EmptyBagError`.
   *
   * @example
   * bag.range(5).fold((a, b) => a + b) // 10
   * words.fold((set, word) => set.add(word), new Set<string>(), (a, b) => new Set([...a, ...b]))
   */
  fold(fn: (a: T, b: T) => T, options?: TreeOptions): Item<T>
  fold<A>(step: (total: A, item: T) => A, initial: A, combine: (a: A, b: A) => A, options?: TreeOptions): Item<A>
  fold(step: UserFunction, ...rest: readonly unknown[]): Item<never> {
    needFunction('fold', step, 'a function that adds an item to a total')
    if (rest.length < 2) {
      const [options] = rest as [TreeOptions?]
      return new Item(
        reducing(
          this.expression,
          { kind: 'fold', label: 'fold', step, combine: step, initial: undefined, of: this.#name },
          options,
        ),
      )
    }
    const [initial, combine, options] = rest as [unknown, UserFunction, TreeOptions?]
    needFunction('fold', combine, 'a function that adds up two totals')
    refusePromise('fold', initial, 2)
    return new Item(
      reducing(
        this.expression,
        { kind: 'fold', label: 'fold', step, combine, initial: { value: initial }, of: this.#name },
        options,
      ),
    )
  }

  /**
   * A reduction of your own: `perPartition` makes a part of each partition, an array; `aggregate` makes one part of several
   * that follow each other, until there is one, which it has seen at least once. Both may be asynchronous.
   *
   * @example
   * const longest = words.reduction((items) => Math.max(0, ...items.map((w) => w.length)), (parts) => Math.max(...parts))
   */
  reduction<A>(
    perPartition: (items: T[]) => A | PromiseLike<A>,
    aggregate: (parts: A[]) => A | PromiseLike<A>,
    options?: TreeOptions,
  ): Item<A> {
    needFunction('reduction', perPartition, 'a function of a partition')
    needFunction('reduction', aggregate, 'a function of an array of parts')
    return new Item(reducing(this.expression, { kind: 'reduction', label: 'reduction', perPartition, aggregate }, options))
  }

  /**
   * The number of items.
   *
   * @example
   * const n = await lines.count().compute()
   */
  count(): Item<number> {
    return new Item(reducing(this.expression, { kind: 'count', label: 'count' }))
  }

  /**
   * The sum; 0 for an empty bag. Compensated: rounding errors do not pile up, however the bag is partitioned.
   *
   * @example
   * const bytes = await files.pluck('size').sum().compute()
   */
  sum(this: Bag<number>): Item<number> {
    return new Item(reducing(this.expression, { kind: 'sum', label: 'sum' }))
  }

  /**
   * The arithmetic mean; NaN for an empty bag.
   *
   * @example
   * const average = await ratings.mean().compute()
   */
  mean(this: Bag<number>): Item<number> {
    return new Item(reducing(this.expression, { kind: 'mean', label: 'mean' }))
  }

  /**
   * The variance: the sum of the squared distances from the mean, divided by count − ddof; NaN where that is not positive.
   *
   * @example
   * const unbiased = await ratings.var({ ddof: 1 }).compute()
   */
  var(this: Bag<number>, { ddof = 0 }: { readonly ddof?: number } = {}): Item<number> {
    return new Item(reducing(this.expression, { kind: 'var', label: 'var', ddof: needDdof('var', ddof) }))
  }

  /**
   * The standard deviation: the square root of `var`.
   *
   * @example
   * const spread = await ratings.std().compute()
   */
  std(this: Bag<number>, { ddof = 0 }: { readonly ddof?: number } = {}): Item<number> {
    return new Item(reducing(this.expression, { kind: 'std', label: 'std', ddof: needDdof('std', ddof) }))
  }

  /**
   * The smallest item; NaN if any item is. Computing it for an empty bag fails with `EmptyBagError`.
   *
   * @example
   * const earliest = await events.pluck('time').min().compute()
   */
  min<O extends Ordered>(this: Bag<O>): Item<O> {
    return new Item(reducing(this.expression, { kind: 'min', label: 'min', of: this.#name }))
  }

  /**
   * The largest item; NaN if any item is. Computing it for an empty bag fails with `EmptyBagError`.
   *
   * @example
   * const longest = await lines.map((line) => line.length).max().compute()
   */
  max<O extends Ordered>(this: Bag<O>): Item<O> {
    return new Item(reducing(this.expression, { kind: 'max', label: 'max', of: this.#name }))
  }

  /**
   * Whether any item is something true; false for an empty bag.
   *
   * @example
   * const failed = await results.map((r) => r.status !== 200).any().compute()
   */
  any(): Item<boolean> {
    return new Item(reducing(this.expression, { kind: 'any', label: 'any' }))
  }

  /**
   * Whether every item is something true; true for an empty bag.
   *
   * @example
   * const complete = await records.map((r) => r.title !== '').all().compute()
   */
  all(): Item<boolean> {
    return new Item(reducing(this.expression, { kind: 'all', label: 'all' }))
  }

  // ——— out of the bag

  /**
   * The first `n` items, computed now. Partitions are computed a few at a time until there are enough, where that is possible
   * without computing something twice; a partition only as far as needed. `partitions`: from how many partitions items may
   * come at most; -1, or not given: all of them.
   *
   * @example
   * console.log(await bag.readText('logs/*.gz').filter((line) => line.includes('ERROR')).take(3))
   */
  async take(n: number, { partitions = -1, ...options }: ComputeOptions & { readonly partitions?: number } = {}): Promise<T[]> {
    needCount('take', 'the number of items', n)
    if (partitions !== -1) needCount('take', 'partitions', partitions, 1)
    const most = partitions === -1 ? this.partitions : Math.min(partitions, this.partitions)
    return takeSome(new Bag<T>(this.#ending({ kind: 'take', count: n })), n, most, options)
  }

  /**
   * The partitions as delayed arrays.
   *
   * @example
   * const sizes = await compute(lines.toDelayed().map((part) => part.map((items) => items.length)))
   */
  toDelayed(): Delayed<T[]>[] {
    const { expression } = this.optimize()
    return Array.from({ length: this.partitions }, (_, i) => new Delayed(new Rearranged('partition', [expression], [[0, i]])))
  }

  /**
   * Writes each partition to a file, a line for each item, now, and gives the paths. In a path, `*` becomes the number of the
   * partition; of a folder, the files are called 0.txt, 1.txt, …; compression comes from the extension (.gz, .zst).
   *
   * @example
   * const paths = await records.map((r) => JSON.stringify(r)).toTextFiles('out/part-*.jsonl.gz')
   */
  async toTextFiles(this: Bag<string>, target: OutputTarget, options: WriteTextOptions & ComputeOptions = {}): Promise<string[]> {
    return new Bag<string>(this.#ending(textSink(target, this.partitions, options))).compute(computeOptions(options))
  }

  /**
   * Writes each partition to an Avro file, now, and gives the paths; see `toTextFiles` for their names.
   *
   * @example
   * const schema = { type: 'record', name: 'Point', fields: [{ name: 'x', type: 'double' }] }
   * await points.toAvro('out/*.avro', { schema, codec: 'deflate' })
   */
  async toAvro(target: OutputTarget, options: WriteAvroOptions & ComputeOptions): Promise<string[]> {
    return new Bag<string>(this.#ending(avroSink(target, this.partitions, options))).compute(computeOptions(options))
  }

  // ——— how it is put together

  /** `map`, of which any argument may be the item; that one is `THIS`. @internal */
  mapItems<R>(fn: UserFunction, all: readonly unknown[]): Bag<R> {
    if (all.length === 1) return this.#step({ kind: 'map', label: 'map', fn })
    const { args, inputs } = takeArguments('map', all, this.partitions, true)
    return this.#steps(
      [
        { kind: 'with', label: 'map', args },
        { kind: 'starMap', label: 'map', fn },
      ],
      inputs,
    )
  }

  /** `mapPartitions`, of which any argument may be the partition; that one is `THIS`. @internal */
  mapArrays<R>(fn: UserFunction, all: readonly unknown[]): Bag<R> {
    const { args, inputs } = takeArguments('mapPartitions', all, this.partitions, false)
    return this.#steps([{ kind: 'mapPartitions', label: 'mapPartitions', fn, args }], inputs)
  }

  /** What to call the bag in a message: 'the bag readText → flatMap → filter'. */
  get #name(): string {
    const labels: string[] = []
    for (let e: Expression | undefined = this.expression; e && labels.length < 6; e = e.inputs[0]) labels.unshift(e.label)
    return `the bag ${labels.join(' → ')}`
  }

  #step<R>(step: Step): Bag<R> {
    return this.#steps([step])
  }

  #steps<R>(steps: readonly Step[], more: readonly Input[] = []): Bag<R> {
    return new Bag(new Partitionwise(partitionsOf(this.expression), steps, { kind: 'array' }, more))
  }

  #ending(sink: Sink): Expression {
    return new Partitionwise(partitionsOf(this.expression), [], sink)
  }

  #byKey(label: string, key: UserFunction, outputs: number, { partitioner }: ByKeyOptions<never>): Expression {
    if (partitioner !== undefined) needFunction(label, partitioner, 'partitioner, a function that gives the partition of a key,')
    const sink: Sink = { kind: 'scatter', label, key, outputs, partitioner }
    return new Shuffled(new Partitionwise(partitionsOf(this.expression), [], sink), label, outputs)
  }

  static #from<R>(source: SourceSpec): Bag<R> {
    return new Bag(new Partitionwise(source, [], { kind: 'array' }))
  }

  static #shuffled<R>(
    kind: 'groups' | 'pairs' | 'firsts',
    label: string,
    shuffled: readonly Expression[],
    outputs: number,
  ): Bag<R> {
    return Bag.#from({
      source: { kind },
      label,
      inputs: shuffled.map((expression) => ({ expression, mode: 'one' })),
      partitions: outputs,
      owns: Array.from({ length: outputs }, (_, i) => i),
      token: String(outputs),
    })
  }
}

/** What is compared where nothing else is said. */
function itself(item: unknown): unknown {
  return item
}

export function needBag(label: string, value: unknown): void {
  if (!(value instanceof Bag)) throw new ArgumentError(`${label}: a bag is needed, not ${describe(value)}`)
}

function needDdof(label: string, ddof: unknown): number {
  if (typeof ddof === 'number' && Number.isFinite(ddof)) return ddof
  throw new ArgumentError(`${label}: ddof must be a number, not ${describe(ddof)}`)
}

/** Those of the options that say how to compute. */
function computeOptions({ executor, optimize, signal, priority }: ComputeOptions): ComputeOptions {
  return { ...(executor && { executor }), ...(optimize !== undefined && { optimize }), signal, priority }
}

import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import { contentHash, decode, encode, fromTransfer, toTransfer } from '../../src/transfer/index.js'
import { roundTrip, sloppyFunction, underTest } from './fixture.js'

// Which class an instance has, which variables functions share, and what a function that arrived is when it goes on.

class Point {
  static made = 0
  x: number
  constructor(x: number) {
    this.x = x
    Point.made++
  }
}

test('in its own thread an instance is of its own class', () => {
  const there = decode(encode(new Point(1))) as Point
  assert.ok(there instanceof Point)
  assert.equal(decode(encode(Point)), Point)
})

test('equal classes that are not the same stay apart', () => {
  const make = (n: number) =>
    class Made {
      n = n
    }
  const [A, B] = [make(1), make(1)]
  const [a, b] = decode(encode([new A(), new B()])) as [object, object]
  assert.ok(a instanceof A && !(a instanceof B))
  assert.ok(b instanceof B && !(b instanceof A))
})

test('a class is one class in a worker, through several messages, with the newest values of its variables', async () => {
  let limit = 1
  class Filter {
    keep(x: number) {
      return x > limit
    }
  }
  const worker = await roundTrip.startWorker(underTest)
  const remember = (C: typeof Filter) => {
    const store = globalThis as { seen?: unknown[] }
    store.seen = [...(store.seen ?? []), C]
    return [store.seen.every((D) => D === C), new C().keep(3)]
  }
  assert.deepEqual(await worker.call(remember, [Filter]), { value: [true, true] })
  limit = 5
  assert.deepEqual(await worker.call(remember, [Filter]), { value: [true, false] })
  await worker.close()
})

test('a class that a worker made travels on, and its instances meet again there', async () => {
  const worker = await roundTrip.startWorker(underTest)
  const made = await worker.call(() => {
    class Own {
      y = 4
      more() {
        return this.y + 1
      }
    }
    ;(globalThis as { Own?: unknown }).Own = Own
    return new Own()
  })
  const own = made.value as { y: number; more(): number }
  assert.equal(own.more(), 5)
  assert.equal(own.constructor.name, 'Own')
  const back = await worker.call((o: object) => o instanceof (globalThis as unknown as { Own: new () => object }).Own, [own])
  assert.deepEqual(back, { value: true })
  await worker.close()
})

test('state of toTransfer and fromTransfer, by symbol, for cycles of other objects, and for subclasses', () => {
  class Box {
    #items: unknown[]
    constructor(items: unknown[]) {
      this.#items = items
    }
    get items() {
      return this.#items
    }
    [toTransfer]() {
      return [...this.#items]
    }
    static [fromTransfer](this: new (items: unknown[]) => Box, state: unknown[]) {
      return new this(state)
    }
  }
  class Crate extends Box {
    kind = 'crate'
  }
  const shared = { a: 1 }
  const [box, crate] = decode(encode([new Box([shared, shared]), new Crate([1])])) as [Box, Crate]
  assert.ok(box instanceof Box && box.items[0] === box.items[1])
  assert.ok(crate instanceof Crate && crate.items[0] === 1 && crate.kind === 'crate')
})

test('a decoded function goes on without its source', () => {
  const limit = { n: 3 }
  const first = decode(encode((x: number) => x + limit.n)) as (x: number) => number
  const second = decode(encode(first)) as (x: number) => number
  assert.equal(second(1), 4)
  assert.equal(second.toString(), first.toString())
  class A {
    #p = 1
    get() {
      return this.#p + limit.n
    }
  }
  const make = decode(encode(() => new A().get())) as () => number
  assert.equal((decode(encode(make)) as () => number)(), 4)
})

test('variables of a decoded function go on with their present values', () => {
  let count = 0
  const next = decode(encode(() => ++count)) as () => number
  next()
  next()
  const later = decode(encode(next)) as () => number
  assert.equal(later(), 3)
  assert.equal(next(), 3)
  assert.equal(count, 0)
})

let shared = 0
const increase = (): number => ++shared
const read = (): number => shared

test('functions of a file share its variables on arrival, when they go on, and only in one payload', () => {
  const both = { increase, read }
  const there = decode(encode(both)) as typeof both
  there.increase()
  there.increase()
  assert.deepEqual([there.read(), read()], [2, 0])
  const further = decode(encode(there)) as typeof both
  further.increase()
  assert.deepEqual([further.read(), there.read()], [3, 2])
  const alone = decode(encode(read)) as typeof read
  assert.equal(alone(), 0)
})

test('sloppy code stays sloppy, strict code strict', () => {
  const sloppy = sloppyFunction('return this') as () => unknown
  const strict = sloppyFunction('"use strict"; return this') as () => unknown
  assert.equal((decode(encode(sloppy)) as () => unknown)(), globalThis)
  assert.equal((decode(encode(strict)) as () => unknown)(), undefined)
  assert.equal(
    (
      decode(
        encode(function (this: unknown) {
          return this
        }),
      ) as () => unknown
    )(),
    undefined,
  )
  const octal = sloppyFunction('var let = 010; return let') as () => number
  assert.equal((decode(encode(octal)) as () => number)(), 8)
})

test('methods and arrow functions of sloppy files', () => {
  const module = { exports: {} as Record<string, (...args: unknown[]) => unknown> }
  const source = `
    exports.method = { m() { return typeof this } }.m
    exports.strictArrow = (() => { 'use strict'; return () => { try { undeclared = 1; delete globalThis.undeclared; return 'sloppy' } catch { return 'strict' } } })()
    exports.sloppyArrow = () => { try { undeclared = 1; delete globalThis.undeclared; return 'sloppy' } catch { return 'strict' } }
    exports.inClass = new (class { m() { return typeof this } })().m`
  sloppyFunction('exports', source)(module.exports)
  for (const fn of Object.values(module.exports)) {
    const there = decode(encode(fn)) as (...args: unknown[]) => unknown
    assert.equal(there(), fn(), fn.toString())
  }
})

test('names and stack traces are those of the source', () => {
  const fails = (): never => {
    throw new Error('here')
  }
  const there = decode(encode(fails)) as () => never
  assert.equal(there.name, 'fails')
  const stackOf = (f: () => never): string => {
    try {
      return f()
    } catch (error) {
      return (error as Error).stack!.split('\n')[1]!
    }
  }
  // The frame of the copy is marked, because its place is one of the compiled file; an error that is sent back is mapped.
  assert.equal(stackOf(there).replace('#heddle', ''), stackOf(fails))
  const named = { ['a b']: () => 1 }
  assert.equal((decode(encode(named)) as typeof named)['a b'].name, 'a b')
})

test('an error that comes back leads to the line in the TypeScript file', async () => {
  const worker = await roundTrip.startWorker(underTest)
  const line = new Error('').stack!.split('\n')[1]!
  const { error } = await worker.call(() => {
    throw new Error('from there')
  })
  await worker.close()
  const compiled = Number(/(\d+):\d+\)?$/.exec(line)![1])
  const [, file, there] = /\(?([^\s(]+):(\d+):\d+\)?$/.exec(error!.stack!.split('\n')[1]!)!
  assert.match(file!, /test\/transfer\/identity\.test\.ts$/)
  assert.notEqual(Number(there), compiled)
})

test('equal closures over equal values have equal hashes', () => {
  const make = (n: number, data: object) => (x: number) => x * n + Object.keys(data).length
  assert.equal(contentHash(make(1, { a: 1 })), contentHash(make(1, { a: 1 })))
  assert.notEqual(contentHash(make(1, { a: 1 })), contentHash(make(2, { a: 1 })))
  assert.notEqual(contentHash(make(1, { a: 1 })), contentHash(make(1, { a: 2 })))
  // prettier-ignore
  const [a, b] = [(x: number) => x + 1, (x: number) => x + 1]
  assert.equal(contentHash(a), contentHash(b))
  assert.notEqual(
    contentHash(a),
    contentHash((x: number) => x + 2),
  )
  assert.match(contentHash(5), /^[0-9a-f]{32}$/)
  const classes = [1, 1, 2].map(
    (n) =>
      class Same {
        n = n
      },
  )
  const [c, d, e] = classes.map((C) => contentHash(new C()))
  assert.equal(c, d)
  assert.notEqual(c, e)
  const require = createRequire(import.meta.url)
  assert.equal(
    contentHash(() => require('node:fs') as unknown),
    contentHash(() => require('node:fs') as unknown),
  )
})

test('values hash by content, whatever V8 thinks of them', () => {
  const concatenated = ['he', 'ddle'].join('')
  assert.equal(contentHash({ a: 1, b: [1.5, 'heddle'] }), contentHash({ a: 3 - 2, b: [3 / 2, concatenated] }))
  assert.equal(contentHash([1, 2]), contentHash(Array.from({ length: 2 }, (_, i) => i + 1)))
  assert.notEqual(contentHash([0]), contentHash([-0]))
  assert.notEqual(contentHash('1'), contentHash(1))
  assert.notEqual(contentHash(['ab', 'c']), contentHash(['a', 'bc']))
  const one = { a: 1 }
  assert.notEqual(contentHash([one, one]), contentHash([{ a: 1 }, 2]))
})

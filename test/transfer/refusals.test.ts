import assert from 'node:assert/strict'
import { Socket } from 'node:net'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { runInNewContext } from 'node:vm'
import { decode, dependency, encode, functionLocation, TransferError } from '../../src/transfer/index.js'
import { sloppyFunction } from './fixture.js'
import type { EncodeOptions } from '../../src/transfer/index.js'

// What cannot travel is named: what was sent and where it was written, what is wrong, what to do, and the way there.

const here = fileURLToPath(import.meta.url).replace(/dist\/(test\/.*)\.js$/, '$1.ts')

function refusal(value: unknown, options?: EncodeOptions): string {
  try {
    encode(value, options)
  } catch (error) {
    assert.ok(error instanceof TransferError, String(error))
    return error.message
  }
  return assert.fail('it was sent')
}

/** The place of a function as a message names it. */
function at(fn: object): string {
  const place = functionLocation(fn)!
  assert.equal(place.file, here)
  return `${place.file}:${place.line}:${place.column}`
}

const pending = Promise.resolve(1)

test('the "this" of an arrow function', () => {
  const thing = {
    factor: 3,
    make() {
      return (x: number) => x * this.factor
    },
  }
  const scale = thing.make()
  assert.equal(
    refusal(scale),
    `Cannot send function (anonymous) at ${at(scale)}: it uses the "this" of the code around it. Copy what you need to a const first.`,
  )
  const outer = (x: number): number => scale(x)
  assert.equal(
    refusal(outer),
    `Cannot send function scale at ${at(scale)}: it uses the "this" of the code around it. ` +
      'Copy what you need to a const first. (reached through: outer -> scale)',
  )
})

test('"arguments", "new.target" and "super" of the code around', () => {
  function make(this: unknown, _x: number) {
    // oxlint-disable-next-line prefer-rest-params
    return [() => arguments.length, () => new.target]
  }
  const [args, target] = make(1)
  assert.match(refusal(args), /it uses the "arguments" of the code around it\. Copy what you need to a const first\.$/)
  assert.match(refusal(target), /it uses the "new\.target" of the code around it/)
  class Parent {
    hello() {
      return 'hello'
    }
  }
  class Child extends Parent {
    override hello() {
      return super.hello()
    }
    greet() {
      return () => super.hello()
    }
  }
  assert.match(
    refusal(Child.prototype.hello),
    /Cannot send function hello at .*: it uses the "super" of a class or an object around it\. Send an instance/,
  )
  assert.match(refusal(new Child().greet()), /it uses the "super" of a class/)
})

test('private members', () => {
  class Account {
    #balance = 1
    static #rate = 2
    read() {
      return this.#balance * Account.#rate
    }
  }
  const account = new Account()
  const look = (): number => account.read()
  assert.equal(
    refusal(look),
    `Cannot send function look at ${at(look)}: its variable "account" holds an instance of Account, which has private members (#balance) ` +
      'that only the class can read. Give Account the methods toTransfer() and static fromTransfer(state). (reached through: look -> account)',
  )
  class Heir extends Account {}
  assert.match(
    refusal({ a: [new Heir()] }),
    /^Cannot send the value: it holds an instance of Heir, which has private members \(#balance\).*Give Account the methods.*\(reached through: the value -> a -> \[0\]\)$/,
  )
  assert.match(refusal(Account.prototype.read), /it uses #balance, a private member of a class outside of its text\. Move it/)
  class Half {
    #x = 1
    toTransfer() {
      return this.#x
    }
  }
  assert.match(
    refusal(new Half()),
    /it is an instance of Half, which has only one half of toTransfer\(\) and static fromTransfer\(state\)\. Define both\./,
  )
})

test('a computed member name', () => {
  const key = ['n', 'a', 'm', 'e'].join('')
  class Named {
    [key]() {
      return 1
    }
  }
  assert.match(
    refusal(Named),
    /^Cannot send class Named at .*: it uses the variable "key" in a computed member name, which nobody can read afterwards\. Give the member a plain name\.$/,
  )
})

test('eval and with', () => {
  const evaluates = (code: string): unknown => {
    // oxlint-disable-next-line no-eval
    return eval(code)
  }
  assert.match(refusal(evaluates), /it calls eval, which may use any variable\. Write the code out/)
  const sloppy = sloppyFunction('o', 'with (o) return x') as (o: object) => unknown
  assert.match(refusal(sloppy), /it uses a "with" statement\. Name the object/)
})

test('a global that the program created', () => {
  const holder = globalThis as { heddleTestGlobal?: { a: number } }
  holder.heddleTestGlobal = { a: 1 }
  const read = sloppyFunction('return heddleTestGlobal.a') as () => number
  try {
    assert.match(
      refusal(read),
      /uses the global "heddleTestGlobal", which this program created and other threads do not have\. Copy it to a const first, or import it\.$/,
    )
  } finally {
    delete holder.heddleTestGlobal
  }
})

test('import.meta, as a whole', () => {
  const resolves = (): string => import.meta.resolve('x')
  assert.match(refusal(resolves), /it uses import\.meta\.resolve\. Copy what you need to a const first\./)
})

test('values that belong to this thread', () => {
  const socket = new Socket()
  const read = (): number => socket.bytesRead
  assert.equal(
    refusal(read),
    `Cannot send function read at ${at(read)}: its variable "socket" holds a Socket, which belongs to this thread. ` +
      'Make it inside the function. (reached through: read -> socket)',
  )
  class Wire extends Socket {}
  assert.match(refusal([new Wire()]), /it holds an instance of Wire, which extends Socket, which belongs to this thread/)
  function* numbers(): Generator<number> {
    yield 1
  }
  const cases: [unknown, RegExp][] = [
    [pending, /it is a Promise\. Await it first\.$/],
    [new WeakMap(), /it is a WeakMap, whose contents nobody can list\. Use a Map or a Set\.$/],
    [new WeakSet(), /a WeakSet, whose contents/],
    [new WeakRef({}), /a WeakRef, whose contents/],
    [numbers(), /it is a running generator\. Send the generator function, or \[\.\.\.generator\]\.$/],
    [[1][Symbol.iterator](), /it is an? .*Iterator.*, which belongs to this thread/],
    [new SharedArrayBuffer(8), /it is a SharedArrayBuffer, which is shared and not sent\. Send a copy/],
    [new Intl.NumberFormat(), /it is a NumberFormat, which belongs to this thread/],
    [new AbortController().signal, /it is an AbortSignal, which belongs to this thread/],
    [new Blob([]), /it is a Blob, which belongs to this thread/],
    [Symbol('mine'), /Symbol\(mine\), a symbol that exists in this process only\. Use Symbol\.for\(name\)\.$/],
    [runInNewContext('Promise.resolve()'), /it is a Promise\. Await it first\.$/],
  ]
  for (const [value, message] of cases) assert.match(refusal(value), message)
})

test('native functions', () => {
  let resolve: unknown
  void new Promise((give) => {
    resolve = give
  })
  assert.match(
    refusal(resolve),
    /it is native code \(or a Proxy\) that other threads cannot find by name\. Call it in a function of your own\.$/,
  )
  assert.match(refusal(new Proxy(() => 1, {})), /it is native code \(or a Proxy\)/)
})

test('the path to it', () => {
  const options = { retry: [{ when: new Map([['failed', { signal: pending }]]) }] }
  const helper = (): unknown => options
  const work = (): unknown => helper()
  assert.equal(
    refusal(work, { subject: 'the function of map' }),
    `Cannot send function helper at ${at(helper)}: its variable "options" holds a Promise. Await it first. ` +
      '(reached through: the function of map -> helper -> options -> retry -> [0] -> when -> get("failed") -> signal)',
  )
  assert.equal(
    refusal({ list: [1, { pending }] }, { subject: 'argument 2 of inc' }),
    'Cannot send argument 2 of inc: it holds a Promise. Await it first. (reached through: argument 2 of inc -> list -> [1] -> pending)',
  )
  class Job {
    static queue: unknown[] = []
  }
  Job.queue.push(pending)
  assert.match(
    refusal([new Job()]),
    /^Cannot send class Job at .*holds a Promise.*\(reached through: the value -> \[0\] -> class Job -> queue -> \[0\]\)$/,
  )
  class Sub {
    run() {
      return helper()
    }
  }
  assert.match(refusal(new Sub()), /reached through: the value -> class Sub -> helper -> options -> /)
})

test('dependencies', () => {
  const future = { [dependency]: () => undefined }
  const lazy = { [dependency]: () => 'the lazy bag of "books.txt"; compute it first' }
  const use = (): unknown => lazy
  assert.equal(
    refusal(use),
    `Cannot send function use at ${at(use)}: its variable "lazy" cannot travel: the lazy bag of "books.txt"; compute it first. (reached through: use -> lazy)`,
  )
  assert.match(
    refusal([future]),
    /it holds a value that is still on the cluster or being computed\. Pass it to a task, or wait for its result\./,
  )
  const seen: object[] = []
  const bytes = encode({ fn: () => future, again: [future] }, { reference: (value) => seen.push(value) + 41 })
  assert.deepEqual(seen, [future])
  const there = decode(bytes, { reference: (index) => `value ${index}` }) as { fn: () => unknown; again: unknown[] }
  assert.equal(there.fn(), 'value 42')
  assert.deepEqual(there.again, ['value 42'])
  assert.throws(() => decode(bytes), { name: 'TransferError', message: /nothing is given for dependency 42/ })
})

test('a circle through toTransfer, and through static initialisers', () => {
  class Ring {
    #self: Ring = this
    toTransfer() {
      return { self: this.#self }
    }
    static fromTransfer() {
      return new Ring()
    }
  }
  assert.match(refusal(new Ring()), /the state that Ring\.toTransfer\(\) gives holds the instance itself\. Break the circle\./)
  const registry: unknown[] = []
  class Listed {
    static size = registry.push(1)
  }
  registry.push(Listed)
  assert.match(refusal(Listed), /what the static initialisers of class Listed use holds Listed itself\. Break the circle\./)
})

test('a chain that is too long', () => {
  let list: unknown = null
  for (let i = 0; i < 200_000; i++) list = { list }
  assert.equal(refusal(list), 'Cannot send the value: it is nested too deeply. Send a flat array instead of a chain.')
})

test('an error of a getter is that error', () => {
  const value = {
    get broken(): number {
      throw new RangeError('mine')
    },
  }
  assert.throws(() => encode([value]), { name: 'RangeError', message: 'mine' })
})

test('bytes that are not a payload', () => {
  assert.throws(() => decode(new Uint8Array(0)), { name: 'TransferError', message: /are not a payload of this version/ })
  assert.throws(() => decode(new Uint8Array([9, 9, 9])), { name: 'TransferError', message: /are not a payload/ })
  const bytes = encode({ a: 'x'.repeat(100), f: new Float64Array(4) })
  for (const length of [10, 40, 60, bytes.length - 1]) {
    assert.throws(() => decode(bytes.slice(0, length)), { name: 'TransferError' }, `${length} of ${bytes.length}`)
  }
})

test('after an error the next payload is whole', () => {
  assert.throws(() => encode({ a: 'text', big: new Float64Array(1000), pending }))
  assert.deepEqual(decode(encode({ a: ['b'] })), { a: ['b'] })
})

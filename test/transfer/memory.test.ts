import assert from 'node:assert/strict'
import { Session } from 'node:inspector'
import { test } from 'node:test'
import { decode, encode, prepare } from '../../src/transfer/index.js'
import { node, sloppyFunction, transferUrl } from './fixture.js'

test('the bytes go where the caller wants them, once', () => {
  const shared = new SharedArrayBuffer(1 << 16)
  for (const value of [5, 'text', 'wide €', { a: [1, 'x'], f: new Float64Array([1, 2]) }, () => 1]) {
    const sizes: number[] = []
    const allocate = (size: number): Uint8Array => {
      sizes.push(size)
      // Recycled memory is not clean.
      return new Uint8Array(shared, 64, size).fill(0xaa)
    }
    const bytes = encode(value, { allocate })
    assert.deepEqual(sizes, [bytes.byteLength])
    assert.equal(bytes.buffer, shared)
    const there = decode(bytes)
    if (typeof value === 'function') assert.equal((there as () => number)(), 1)
    else assert.deepStrictEqual(there, value)
    assert.deepEqual(Buffer.from(encode(value)), Buffer.from(bytes))
  }
})

test('views: typed arrays in place, 8-aligned, not copied', () => {
  const value = {
    a: 'x',
    f: new Float64Array([1, 2, 3]),
    b: new Uint8Array([1]),
    i: new BigInt64Array([5n]),
    buffer: Buffer.from('abc'),
    raw: new ArrayBuffer(4),
  }
  const bytes = encode(value, { allocate: (n) => new Uint8Array(new SharedArrayBuffer(n)) })
  const there = decode(bytes, { views: true }) as typeof value
  assert.deepEqual([...there.f], [1, 2, 3])
  for (const view of [there.f, there.b, there.i, there.buffer]) {
    assert.equal(view.buffer, bytes.buffer)
    assert.equal(view.byteOffset % 8, 0)
  }
  assert.ok(there.raw instanceof ArrayBuffer)
  there.f[0] = 9
  assert.equal((decode(bytes) as typeof value).f[0], 9)
})

test('without views: memory of their own', () => {
  const value = { f: new Float64Array(2), big: new Float64Array(10_000).fill(1), buffer: Buffer.from('abc') }
  const bytes = encode(value, { allocate: (n) => new Uint8Array(new SharedArrayBuffer(n)) })
  const there = decode(bytes) as typeof value
  bytes.fill(0)
  assert.deepStrictEqual(there, value)
  for (const view of [there.f, there.big]) {
    assert.ok(view.buffer instanceof ArrayBuffer)
    assert.equal(view.buffer.byteLength, view.byteLength)
  }
})

test('a view travels as what it shows, not with all of its buffer', () => {
  const pool = new ArrayBuffer(1 << 20)
  assert.ok(encode(new Float64Array(pool, 800, 2)).length < 200)
  assert.ok(encode(Buffer.from('abc')).length < 200)
})

test('bytes that are not aligned are read all the same', () => {
  const value = { f: new Float64Array([1.5]), n: [0.1, 0.2], text: 'abc' }
  const bytes = encode(value)
  const moved = new Uint8Array(bytes.length + 3)
  moved.set(bytes, 3)
  assert.deepStrictEqual(decode(moved.subarray(3)), value)
  assert.deepStrictEqual(decode(moved.subarray(3), { views: true }), value)
})

test('encode may be called inside encode', async () => {
  class Wrapped {
    toTransfer() {
      return encode({ inner: ['a', 1.5, () => 7] })
    }
    static fromTransfer(bytes: Uint8Array) {
      return Object.assign(new Wrapped(), decode(bytes) as object)
    }
  }
  const outer = 'z'
  const bytes = encode([1.5, 'b', new Wrapped(), () => outer, 'c'])
  await prepare(bytes)
  const there = decode(bytes) as [number, string, { inner: [string, number, () => number] }, () => string, string]
  assert.deepEqual(
    [there[0], there[1], there[2].inner[0], there[2].inner[1], there[2].inner[2](), there[3](), there[4]],
    [1.5, 'b', 'a', 1.5, 7, 'z', 'c'],
  )
})

test('every inspector session is closed, every debugger disabled, also after an error', () => {
  const calls: string[] = []
  const { connect, disconnect, post } = Session.prototype
  Session.prototype.connect = function (this: Session) {
    calls.push('connect')
    connect.call(this)
  }
  Session.prototype.disconnect = function (this: Session) {
    calls.push('disconnect')
    disconnect.call(this)
  }
  Session.prototype.post = function (this: Session, ...args: unknown[]) {
    if (String(args[0]).startsWith('Debugger.') && String(args[0]).endsWith('able')) calls.push(String(args[0]))
    ;(post as (...a: unknown[]) => void).apply(this, args)
  } as typeof post
  try {
    const n = Math.random()
    const inner = (): number => n
    const fresh = sloppyFunction('n', 'return () => n')(inner) as () => () => number
    encode([() => inner() + 1, inner, fresh])
    assert.equal(calls.filter((c) => c === 'connect').length, 1, 'one connection for a batch of functions')
    const pending = Promise.resolve()
    assert.throws(() => encode([inner, () => pending]))
    const count = (what: string): number => calls.filter((c) => c === what).length
    assert.ok(count('connect') >= 2)
    assert.equal(count('connect'), count('disconnect'))
    assert.equal(count('Debugger.enable'), count('Debugger.disable'))
    assert.ok(count('Debugger.enable') >= 1)
    assert.equal(calls.at(-1), 'disconnect')
  } finally {
    Object.assign(Session.prototype, { connect, disconnect, post })
  }
  assert.deepEqual(
    Object.getOwnPropertyNames(process).filter((name) => name.includes('heddle')),
    [],
  )
})

test('console.log keeps nothing alive, and await is not slowed, after closures were sent', async () => {
  const program = `
    const { encode } = await import(${JSON.stringify(transferUrl)})
    // The sum is what the system counts; how much of it is whose it guesses from samples, and guesses 0.05 ms of 2.
    const used = () => { const { user, system } = process.cpuUsage(); return user + system }
    const spin = async () => {
      let best = Infinity
      for (let round = 0; round < 7; round++) {
        const start = used()
        for (let i = 0; i < 30_000; i++) await i
        best = Math.min(best, used() - start)
      }
      return best
    }
    const before = await spin()
    for (let i = 0; i < 20; i++) { const n = i; encode(() => n) }
    const after = await spin()
    const refs = []
    const print = (i) => { const big = { list: new Array(1000).fill(i) }; console.debug(big); return new WeakRef(big) }
    for (let i = 0; i < 20; i++) refs.push(print(i))
    await new Promise((resolve) => setImmediate(resolve))
    gc()
    console.log('\\n' + JSON.stringify({ alive: refs.filter((r) => r.deref()).length, ratio: after / before }))`
  const output = await node(['--expose-gc', '--input-type=module', '-e', program])
  const { alive, ratio } = JSON.parse(output.trim().split('\n').at(-1)!) as { alive: number; ratio: number }
  assert.equal(alive, 0)
  assert.ok(ratio < 5, `await takes ${ratio} times as long`)
})

test('without the inspector: what to do instead', async () => {
  const flag = process.allowedNodeEnvironmentFlags.has('--permission') ? '--permission' : '--experimental-permission'
  const program = `
    const { encode, decode, task } = await import(${JSON.stringify(transferUrl)})
    console.log(decode(encode({ a: [1] })).a[0])
    const n = 1
    try { encode(() => n) } catch (e) { console.log(e.name + ': ' + e.message) }
    console.log(encode(task('data:text/javascript,export const f = () => 1', 'f', () => 1)).length > 0)`
  const output = await node([flag, '--allow-fs-read=*', '--input-type=module', '-e', program])
  const [plain, refused, byName] = output.trim().split('\n')
  assert.equal(plain, '1')
  assert.match(
    refused!,
    /^TransferError: Cannot send function \(anonymous\): it cannot be read: the inspector of this process is not available \(ERR_ACCESS_DENIED; --permission forbids it\)\. Use a task module: export const name = task\(import\.meta\.url, 'name', fn\)\.$/,
  )
  assert.equal(byName, 'true')
})

test('a closure with megabytes inside warns once, and says what to do', async () => {
  const program = `
    const { encode } = await import(${JSON.stringify(transferUrl)})
    const table = new Float64Array(2e6), small = 1
    const look = (i) => table[i] + small
    process.on('warning', (w) => console.log(w.code + ' ' + w.message))
    encode(look)
    encode([look])
    encode((i) => small + i)`
  const output = (await node(['--no-warnings', '--input-type=module', '-e', program])).trim().split('\n')
  assert.equal(output.length, 1)
  assert.match(
    output[0]!,
    /^HEDDLE_LARGE_CAPTURE function look at .*:\d+:\d+ captures 15\.3 MiB \(variables: table, small\), which travel with each task\. Put large data on the workers once, with scatter\(\)/,
  )
})

test('acorn and the inspector are loaded by the first capture, not by the import', async () => {
  const program = `
    const { encode, decode } = await import(${JSON.stringify(transferUrl)})
    decode(encode({ a: [1, 'b'] }))
    const loaded = () => [Object.keys((await0.createRequire(import.meta.url)).cache).some((f) => f.includes('acorn')), process.moduleLoadList.includes('NativeModule inspector')]
    const await0 = await import('node:module')
    const before = loaded()
    const n = 1
    encode(() => n)
    console.log(JSON.stringify([before, loaded()]))`
  assert.deepEqual(JSON.parse(await node(['--input-type=module', '-e', program])), [
    [false, false],
    [true, true],
  ])
})

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { canonical } from '../../src/bag/canonical.js'
import { KeyMap, hashKey } from '../../src/bag/keys.js'
import { keys } from './random-bag.js'

/** As keys go: `isDeepStrictEqual`, but for the sign of zero. */
const plus = (x: unknown): unknown => (Object.is(x, -0) ? 0 : x)

test('equal keys have equal texts and hashes; others have other texts', () => {
  fc.assert(
    fc.property(keys, keys, (a, b) => {
      const equal = isDeepStrictEqual(plus(a), plus(b))
      assert.equal(canonical(a) === canonical(b), equal)
      if (equal) assert.equal(hashKey(a), hashKey(b))
    }),
    { numRuns: 3000 },
  )
})

test('texts inside of keys cannot imitate the structure around them', () => {
  const text = fc.string({ unit: fc.constantFrom('s', '1', ':', ',', '[', ']', '{', '}', '=', 'n') })
  const nested = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      text,
      fc.integer(),
      fc.array(tie('value')),
      fc.dictionary(text, tie('value'), { noNullPrototype: true }),
    ),
  })).value
  fc.assert(
    fc.property(nested, nested, (a, b) => assert.equal(canonical(a) === canonical(b), isDeepStrictEqual(plus(a), plus(b)))),
    { numRuns: 2000 },
  )
})

test('a map of keys finds what a list finds', () => {
  const long = fc.integer({ min: 0, max: 3 }).map((n) => `${'long '.repeat(8)}${n}`)
  const text = fc.string({ maxLength: 3 })
  fc.assert(
    fc.property(fc.array(fc.oneof(text, long, keys), { maxLength: 300 }), (list) => {
      const map = new KeyMap<number>()
      const seen: unknown[] = []
      for (const key of list) {
        const at = seen.findIndex((other) => isDeepStrictEqual(plus(key), plus(other)))
        const entry = map.find(key)
        assert.equal(entry?.value, at < 0 ? undefined : at)
        if (at >= 0) continue
        map.add(key, seen.length)
        seen.push(key)
      }
      assert.deepEqual(
        map.entries.map((e) => e.key),
        seen,
      )
    }),
  )
})

test('thousands of texts', () => {
  const map = new KeyMap<number>()
  for (let i = 0; i < 20_000; i++) map.add(`key ${i}`, i)
  for (let i = 0; i < 20_000; i++) assert.equal(map.find(`key ${i}`)!.value, i)
  assert.equal(map.find('key 20000'), undefined)
})

test('what kinds of objects are keys', () => {
  const groups: [unknown, unknown, boolean][] = [
    [Uint8Array.of(1, 2), Uint8Array.of(1, 2), true],
    [Uint8Array.of(1, 2), [1, 2], false],
    [Uint8Array.of(1), Int8Array.of(1), false],
    [/a/g, /a/g, true],
    [/a/g, /a/i, false],
    [new URL('http://a/b'), new URL('http://a/b'), true],
    [new Error('a'), new Error('a'), true],
    [new Error('a'), new TypeError('a'), false],
    [Object(1), Object(1), true],
    [Object(1), 1, false],
    [Uint8Array.of(1).buffer, Uint8Array.of(1).buffer, true],
    [new DataView(Uint8Array.of(1).buffer), new DataView(Uint8Array.of(2).buffer), false],
    [new Map([[{ a: 1 }, 1]]), new Map([[{ a: 1 }, 1]]), true],
    [{ a: undefined }, {}, false],
    [Object.assign(Object.create(null), { a: 1 }), { a: 1 }, true],
    [[undefined], [null], false],
  ]
  for (const [a, b, equal] of groups) assert.equal(canonical(a) === canonical(b), equal, `${canonical(a)} and ${canonical(b)}`)
})

test('hashes are the same in every process', () => {
  const values = [
    '',
    'a',
    'été',
    0,
    -1,
    0.1,
    Number.NaN,
    2 ** 40,
    true,
    null,
    undefined,
    3n,
    [1, { b: 2 }],
    new Date(5),
    new Set([1]),
  ]
  const here = values.map(hashKey)
  const module = new URL('../../src/bag/keys.js', import.meta.url).href
  const script = `const { hashKey } = await import(${JSON.stringify(module)})
    const values = ['', 'a', 'été', 0, -1, 0.1, Number.NaN, 2 ** 40, true, null, undefined, 3n, [1, { b: 2 }], new Date(5), new Set([1])]
    console.log(JSON.stringify(values.map(hashKey)))`
  const there = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' })
  assert.deepEqual(JSON.parse(there), here)
})

test('hashes fill outputs evenly', () => {
  const outputs = 16
  const many = 16_000
  const kinds: Record<string, (i: number) => unknown> = {
    integers: (i) => i,
    'multiples of 64': (i) => i * 64,
    fractions: (i) => i / 7,
    texts: (i) => `word ${i}`,
    arrays: (i) => [i % 100, i],
  }
  for (const [name, key] of Object.entries(kinds)) {
    const counts = new Array<number>(outputs).fill(0)
    for (let i = 0; i < many; i++) counts[hashKey(key(i)) % outputs]!++
    // Seven standard deviations of what chance gives.
    const most = 7 * Math.sqrt(many / outputs)
    for (const n of counts) assert.ok(Math.abs(n - many / outputs) < most, `${name}: ${counts.join(' ')}`)
  }
})

test('what cannot be a key says so', () => {
  const circle: unknown[] = []
  circle.push(circle)
  assert.throws(() => canonical(circle), /ArgumentError: a key is an array that contains itself/)
  assert.throws(() => canonical([() => 1]), /cannot be a key: it has no content that could be compared/)
  assert.throws(() => canonical(Promise.resolve(1)), /an instance of Promise cannot be a key.*Await it in a map first/)
  assert.throws(() => new KeyMap().add(Symbol('s'), 1), /Symbol\(s\) cannot be a key/)
})

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { boolean, bytes, count, duration, folder, oneOf, orAuto, texts } from '../../src/config/kinds.js'
import { allSettings } from '../../src/config/layer.js'
import { nearest } from '../../src/base/index.js'
import type { Kind } from '../../src/config/setting.js'

describe('the schema', () => {
  test('comments say what descriptions say', () => {
    const source = readFileSync(new URL('../../../src/config/schema.ts', import.meta.url), 'utf8')
    const commented = [...source.matchAll(/\/\*\* (.*) \*\/\s+(\w+): setting\(/g)].map(([, comment, name]) => [name, comment])
    assert.deepEqual(
      commented,
      [...allSettings].map(([name, { description }]) => [name.slice(name.lastIndexOf('.') + 1), description]),
    )
  })

  test('every setting is fully described', () => {
    for (const [name, { kind, description }] of allSettings) {
      assert.match(name, /^[a-z][a-zA-Z0-9]*(\.[a-z][a-zA-Z0-9]*)*$/)
      assert.match(description, /^[A-Z].*\.$/)
      assert.notEqual(kind.accepts, '')
    }
  })
})

describe('kinds', () => {
  test('what a value is shown as reads back as that value', () => {
    const holds = <T extends {}>(kind: Kind<T, unknown>, values: fc.Arbitrary<T>) =>
      fc.assert(
        fc.property(values, (value) => {
          assert.equal(kind.parse(value), value)
          assert.equal(kind.parse(kind.show(value)), value)
        }),
      )
    holds(oneOf('a', 'b'), fc.constantFrom('a', 'b'))
    holds(boolean, fc.boolean())
    holds(count('things', 0), fc.maxSafeNat())
    holds(bytes(0), fc.maxSafeNat())
    holds(
      bytes(0),
      fc.tuple(fc.nat(999), fc.constantFrom(1000, 1024), fc.nat(4)).map(([n, base, power]) => n * base ** power),
    )
    holds(
      duration,
      fc.oneof(
        fc.nat(),
        fc.double({ min: 0.001, max: 1e6, noNaN: true }).map((ms) => Number(ms.toPrecision(12))),
      ),
    )
    holds(
      folder,
      fc.array(fc.stringMatching(/^[a-z]{1,8}$/), { minLength: 1 }).map((parts) => `/${parts.join('/')}`),
    )
    holds(orAuto(count('things', 1)), fc.oneof(fc.constant('auto' as const), fc.integer({ min: 1 })))
  })

  test('a list of texts is an array, or one text with commas', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ minLength: 1 })), (list) => {
        assert.deepEqual(texts.parse(list), list)
        assert.deepEqual(texts.parse(texts.show(list)), list)
      }),
    )
    assert.deepEqual(texts.parse('./a.mjs, b'), ['./a.mjs', 'b'])
    for (const wrong of [3, [3], [''], 'a,,b', '[1', '[1]']) assert.equal(texts.parse(wrong), undefined)
  })

  test('sizes and durations are shown as one would write them', () => {
    for (const text of ['0 B', '1 B', '999 B', '10 MB', '32 MiB', '1 GiB', '24 GB', '1536 MiB'])
      assert.equal(bytes(0).show(bytes(0).parse(text)!), text)
    for (const text of ['0 ms', '5 ms', '500 ms', '30 s', '1h 30m', '12345.5 ms'])
      assert.equal(duration.show(duration.parse(text)!), text)
  })
})

describe('nearest', () => {
  test('finds a name through one slip of the finger', () => {
    const names = [...allSettings.keys()]
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.nat(), fc.constantFrom('drop', 'double', 'swap'), (name, at, slip) => {
        const i = at % (name.length - 1)
        const slipped = {
          drop: name.slice(0, i) + name.slice(i + 1),
          double: name.slice(0, i + 1) + name.slice(i),
          swap: name.slice(0, i) + name[i + 1] + name[i] + name.slice(i + 2),
        }[slip]!
        // `jobqueue.oab` may be meant for `jobqueue.moab` as well as for `jobqueue.oar`.
        fc.pre(!names.some((other) => other !== name && isOneLetterFrom(other, slipped)))
        assert.equal(nearest(slipped, names), name)
      }),
    )
  })

  test('finds nothing for what is nothing like it', () => {
    assert.equal(nearest('xylophone', allSettings.keys()), undefined)
    assert.equal(nearest('', allSettings.keys()), undefined)
  })
})

/** Whether one letter more, less or other makes one of the other: without one letter each, or one of them, they are the same. */
function isOneLetterFrom(a: string, b: string): boolean {
  const shorter = (text: string): string[] => [text, ...Array.from(text, (_, i) => text.slice(0, i) + text.slice(i + 1))]
  const without = new Set(shorter(a))
  return shorter(b).some((text) => without.has(text))
}

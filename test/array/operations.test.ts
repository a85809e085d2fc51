import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import * as da from '../../src/array/index.js'
import { config } from '../../src/config/index.js'
import { assertSame, localOf, type Packed } from './packed.js'

interface Case {
  readonly name: string
  /** arguments in front of the arrays */
  readonly first?: readonly unknown[]
  readonly inputs: readonly Packed[]
  readonly args: readonly unknown[]
  readonly results: readonly Packed[]
  readonly tolerance: number
}

const file = fileURLToPath(new URL('../../../test/oracle/fixtures/array-operations.json', import.meta.url))
const { cases } = JSON.parse(readFileSync(file, 'utf8')) as { readonly cases: readonly Case[] }

type AnyFunction = (...args: readonly unknown[]) => unknown

/** Chunks of lengths that do not divide the axes. */
const cuts = [-1, 4, 3] as const

const byName = grouped()

function grouped(): Map<string, Case[]> {
  const result = new Map<string, Case[]>()
  for (const c of cases) result.set(c.name, [...(result.get(c.name) ?? []), c])
  return result
}

for (const [name, own] of byName) {
  test(`${name} gives what NumPy gives, however arrays are cut`, () =>
    config.with({ executor: 'inline' }, async () => {
      for (const { first = [], inputs, args, results, tolerance } of own) {
        for (const chunks of cuts) {
          const arrays = inputs.map((i) => da.fromArray(localOf(i), { chunks: i.shape.length === 0 ? 'auto' : chunks }))
          const run = (da as unknown as Record<string, AnyFunction>)[name]!
          const label = `${name}(${first.join()} ${inputs.map((i) => `${i.dtype}[${i.shape.join(', ')}]`).join(', ')}; ${JSON.stringify(args)}) in chunks of ${chunks}`
          const given = await run(...first, ...arrays, ...args)
          const list = Array.isArray(given) ? given : [given]
          for (const [i, expected] of results.entries()) {
            const value = list[i] as da.ChunkedArray
            const got = await value.compute()
            if (!value.shape.some(Number.isNaN)) assert.deepEqual(value.shape, got.shape, `${label}: the shape that it said`)
            assert.equal(value.dtype, got.dtype, `${label}: the type that it said`)
            assertSame(got, localOf(expected), tolerance, label)
          }
        }
      }
    }))
}

test('threads give what one thread gives', () =>
  config.with({ executor: 'threads', threads: 2 }, async () => {
    for (const [name, own] of byName) {
      const { first: before = [], inputs, args, results, tolerance } = own.at(-1)!
      const arrays = inputs.map((i) => da.fromArray(localOf(i), { chunks: i.shape.length === 0 ? 'auto' : 3 }))
      const given = await (da as unknown as Record<string, AnyFunction>)[name]!(...before, ...arrays, ...args)
      const first = (Array.isArray(given) ? given[0] : given) as da.ChunkedArray
      assertSame(await first.compute(), localOf(results[0]!), tolerance, name)
    }
  }))

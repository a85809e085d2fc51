// 64-bit integers in lists and as arguments of functions that run as JavaScript: bigints, or an error; never rounded.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { fromRecords, list, sql } from 'heddle/dataframe'

const large = 2n ** 53n + 1n

/** Runs as JavaScript: loops have no translation. */
function sumOf(values: readonly (number | bigint)[]): string {
  let sum = 0n
  for (const value of values) sum += BigInt(value)
  return String(sum)
}

describe('integers of 64 bits that JavaScript is given', () => {
  const numbers = sql<{ l: number[] }>('SELECT [1, 9007199254740993]::BIGINT[] AS l')
  const small = sql<{ l: number[] }>('SELECT [1, NULL, 9007199254740991]::BIGINT[] AS l')

  test('in a list: one that a number cannot hold is an error', async () => {
    const sums = numbers.assign({ s: (r) => sumOf(r.l) }, { types: { s: 'string' } })
    await assert.rejects(sums.toRecords({ executor: 'inline' }), /9007199254740993.*too large for a number/)
    await assert.rejects(numbers.assign({ s: (r) => r.l.includes(9007199254740992) }).toRecords(), /9007199254740993/)
  })

  test('in a list: others are what they were, and null', async () => {
    const found = await small.assign({ s: (r) => r.l.includes(9007199254740991), n: (r) => r.l.indexOf(1) }).toRecords()
    assert.deepEqual(
      found.map(({ s, n }) => [s, n]),
      [[true, 0]],
    )
  })

  test('in a list of bigints: they are bigints', async () => {
    const lists = fromRecords([
      { k: 'a', id: large },
      { k: 'a', id: 2n },
    ])
      .groupBy('k')
      .agg({ ids: (r) => list(r.id) })
    const sums = lists.assign({ s: (r) => sumOf(r.ids) }, { types: { s: 'string' } })
    assert.equal((await sums.toRecords({ executor: 'inline' }))[0]!.s, String(large + 2n))
  })

  test('bigints are bigints in functions of rows', async () => {
    const rows = fromRecords([{ id: large }, { id: 3n }])
    const kind = (id: bigint): string => {
      let text = ''
      for (const part of [typeof id, id + 1n]) text += ` ${part}`
      return text
    }
    const shown = await rows.assign({ s: (r) => kind(r.id) }, { types: { s: 'string' } }).toRecords({ executor: 'inline' })
    assert.deepEqual(
      shown.map(({ s }) => s),
      [` bigint ${large + 1n}`, ' bigint 4'],
    )
  })
})

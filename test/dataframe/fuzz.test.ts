// Translated functions against the very functions: for random expressions over random rows both give the same.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { inspect } from 'node:util'
import * as fc from 'fast-check'
import { type TypeName, fromRecords } from 'heddle/dataframe'
import { type FuzzRow, type NullRow, boolean, nullRows, nullable, number, rows, text } from './random-lambda.js'

// -0 and 0 are the same number to a database.
const same = (a: unknown, b: unknown): boolean => a === (b ?? null) || (Number.isNaN(a) && Number.isNaN(b))

/** Cutting texts in the middle of a character gives what no column can hold, also on the way to something else. */
const cuts = (source: string, given: readonly (FuzzRow | NullRow)[]): boolean =>
  /slice|substring|charAt|padStart|replace/.test(source) &&
  /[^\0-\uffff]/u.test(source + given.map((row) => `${row.s}${'t' in row ? row.t : ''}`).join(''))

async function agree(type: TypeName, source: string, given: FuzzRow[] | NullRow[]): Promise<void> {
  // oxlint-disable-next-line typescript/no-implied-eval -- a function of the program, made up
  const fn = new Function('f', `return ${source}`) as (row: FuzzRow | NullRow) => number
  if (cuts(source, given)) return
  let expected: unknown[]
  try {
    expected = given.map((row) => fn(row))
  } catch {
    // What throws for a row (a repeat count that is negative) fails in a query too, elsewhere.
    return
  }
  // Databases hold no halves of characters.
  if (expected.some((value) => typeof value === 'string' && /\p{Cs}/u.test(value))) return
  const frame = fromRecords<FuzzRow | NullRow>(given)
    .assign({ result: fn as never }, { types: { result: type }, nulls: 'js' })
    .as<{ result: unknown }>()
  tried++
  if (/js_row_/.test(frame.explain())) untranslated++
  const actual = (await frame.toRecords()).map((row) => row.result)
  assert.equal(actual.length, expected.length)
  actual.forEach((value, i) =>
    assert.ok(same(value, expected[i]), `row ${i}: ${inspect(value)} is not ${inspect(expected[i])}\n${frame.explain()}`),
  )
}

let tried = 0
let untranslated = 0

const runs = { numRuns: 40 }

for (const [name, type, expression] of [
  ['numbers', 'number', number],
  ['texts', 'string', text],
  ['conditions', 'boolean', boolean],
] as const) {
  test(`functions that give ${name}`, async () => {
    await fc.assert(
      fc.asyncProperty(expression, rows, async (source, given) => agree(type, source, given)),
      runs,
    )
  })
}

for (const [name, type, expression] of [
  ['numbers', 'number', nullable.number],
  ['texts', 'string', nullable.text],
  ['conditions', 'boolean', nullable.boolean],
] as const) {
  test(`functions of what may be null that give ${name}`, async () => {
    // A column of nulls only has no type of its own.
    const whole = { n: 1, m: 1, s: 'a', b: true, d: new Date(1) }
    await fc.assert(
      fc.asyncProperty(expression, nullRows, async (source, given) => agree(type, source, [whole, ...given])),
      runs,
    )
  })
}

test('functions that choose rows', async () => {
  await fc.assert(
    fc.asyncProperty(fc.oneof(boolean, number, text), rows, async (source, given) => {
      // oxlint-disable-next-line typescript/no-implied-eval -- a function of the program, made up
      const fn = new Function('f', `return ${source}`) as (row: FuzzRow) => boolean
      if (cuts(source, given)) return
      const numbered = given.map((row, index) => ({ ...row, index }))
      let expected: number[]
      try {
        expected = numbered.filter((row) => fn(row)).map((row) => row.index)
      } catch {
        return
      }
      const frame = fromRecords(numbered).filter(fn as never)
      assert.deepEqual(
        (await frame.toRecords()).map((row) => row.index),
        expected,
        frame.explain(),
      )
    }),
    runs,
  )
})

after(() => {
  // Functions that run as JavaScript agree with themselves.
  assert.ok(untranslated < tried * 0.2, `${untranslated} of ${tried} functions were not translated`)
})

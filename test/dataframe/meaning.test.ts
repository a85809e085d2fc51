// What JavaScript means where SQL means something else: each function over the values on which the two part, against itself.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { fromRecords } from 'heddle/dataframe'

const numbers = [
  0,
  -0,
  0.5,
  -0.5,
  1.5,
  -1.5,
  2.5,
  -2.5,
  0.49999999999999994,
  2147483647,
  -2147483648,
  4503599627370495.5,
  1e21,
  NaN,
  Infinity,
  -Infinity,
]
const texts = [
  '',
  'a',
  'Z',
  'ß',
  'É',
  'ﬃ',
  'İ',
  'ΑΣ',
  '👨‍👩‍👧',
  'e\u0301',
  ' \u00a0x\u2003',
  'a.b',
  'A%_b',
  '\u{1d11e}',
  '10',
  '9',
]
const rows = numbers.map((n, i) => ({
  n,
  m: numbers[(i * 7 + 3) % numbers.length]!,
  s: texts[i]!,
  t: texts[(i * 5 + 2) % texts.length]!,
}))

type Row = (typeof rows)[number]

const ofNumbers: readonly ((r: Row) => number)[] = [
  (r) => Math.round(r.n),
  (r) => Math.floor(r.n),
  (r) => Math.ceil(r.n),
  (r) => Math.trunc(r.n),
  (r) => Math.sign(r.n),
  (r) => Math.sqrt(r.n),
  (r) => Math.abs(r.n),
  (r) => Math.min(r.n, r.m),
  (r) => Math.max(r.n, r.m),
  (r) => r.n + 2147483647,
  (r) => r.n * 2147483647,
  (r) => r.n / r.m,
  (r) => r.n % 2,
  (r) => -r.n,
  (r) => r.s.length,
  (r) => r.s.indexOf('b'),
]
const ofTexts: readonly ((r: Row) => string)[] = [
  (r) => r.s.toUpperCase(),
  (r) => r.s.toLowerCase(),
  (r) => r.s.trim(),
  (r) => `${r.n}`,
  (r) => r.s + r.t,
  (r) => r.s.replaceAll('.', '-'),
]
const conditions: readonly ((r: Row) => boolean)[] = [
  (r) => r.n > r.m,
  (r) => r.n <= r.m,
  (r) => r.n === r.m,
  (r) => r.n !== r.m,
  (r) => r.s < r.t,
  (r) => r.s >= r.t,
  (r) => r.s.startsWith('A%'),
  (r) => r.s.includes('.'),
  (r) => r.s.includes('_'),
  (r) => /^.$/.test(r.s),
  (r) => /^.$/u.test(r.s),
  (r) => /\s/.test(r.s),
]

const frame = fromRecords(rows)
// 0 and -0 are the same number to a database.
const plain = (value: unknown) => (value === 0 ? 0 : value)

for (const fn of [...ofNumbers, ...ofTexts, ...conditions] as readonly ((r: Row) => number)[]) {
  test(`${fn.toString()} of hard values`, async () => {
    const records = await frame.assign({ result: fn }).select('result').toRecords()
    assert.deepEqual(
      records.map(({ result }) => plain(result)),
      rows.map((row) => plain(fn(row))),
    )
  })
}

test('numbers become the texts that JavaScript makes of them', async () => {
  const powers = Array.from({ length: 34 }, (_, i) => 10 ** (i - 9))
  const values = [
    ...numbers,
    ...powers.flatMap((power) => [power, -power, power / 3, power * 7.7, power * (1 - 2 ** -53), power * (1 + 2 ** -52)]),
    ...fc.sample(fc.double(), 3000),
    ...fc.sample(fc.tuple(fc.integer(), fc.constantFrom(...powers)), 3000).map(([whole, power]) => whole / power),
  ]
  const made = await fromRecords(values.map((n) => ({ n })))
    .assign({ text: (r) => `${r.n}` })
    .select('text')
    .toRecords()
  assert.deepEqual(
    made.map(({ text }) => text),
    values.map(String),
  )
})

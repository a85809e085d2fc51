import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { utf8Lines } from '../../src/formats/utf8-lines.js'

/** The same by JavaScript's own means. */
function linesOf(text: string): string[] {
  const lines = text.split(/\r?\n/)
  if (lines.at(-1) === '') lines.pop()
  return lines
}

const decodeRest = (rest: Buffer) => linesOf(rest.toString('utf8'))

test('lines of any alphabet, few and many', () => {
  const line = fc.oneof(
    fc.string({ unit: 'grapheme-ascii' }),
    fc.constantFrom('', 'é', 'naïve café', 'Привет', '“quoted”', '👨‍👩‍👧', '\u2028', 'a\rb'),
    fc.string({ unit: 'binary' }),
  )
  const plain = line.map((text) => text.replace(/[\r\n]+/g, ' '))
  fc.assert(
    fc.property(
      fc.array(plain, { maxLength: 40 }),
      fc.constantFrom('\n', '\r\n'),
      fc.boolean(),
      fc.constantFrom(1, 300),
      (some, ending, ended, times) => {
        const lines = Array.from({ length: times }, () => some).flat()
        const text = lines.join(ending) + (ended && lines.length > 0 ? ending : '')
        assert.deepEqual(utf8Lines(Buffer.from(text), decodeRest), linesOf(text))
      },
    ),
  )
})

test('a text that is wide nearly everywhere is decoded at one go', () => {
  const text = 'Все счастливые семьи похожи друг на друга\n'.repeat(1000)
  let rest = 0
  const lines = utf8Lines(Buffer.from(text), (bytes) => {
    rest += bytes.length
    return decodeRest(bytes)
  })
  assert.deepEqual(lines, linesOf(text))
  assert.ok(rest > 0.7 * Buffer.byteLength(text))
})

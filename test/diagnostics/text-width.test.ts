import assert from 'node:assert/strict'
import { createInterface } from 'node:readline'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import fc from 'fast-check'
import { formatTable } from '../../src/diagnostics/index.js'
import { fitText, oneLine, textWidth } from '../../src/diagnostics/text-width.js'

/** The width that Node's own line editor reckons with. */
function widthByReadline(text: string): number {
  const output = Object.assign(new PassThrough(), { columns: 1e9 })
  const editor = createInterface({ input: new PassThrough(), output, terminal: true, prompt: '' })
  const state = editor as unknown as { line: string; cursor: number }
  state.line = text
  state.cursor = text.length
  const { cols } = editor.getCursorPos()
  editor.close()
  return cols
}

const range = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, i) => String.fromCodePoint(from + i))
const letters = [
  ...range(0x20, 0x7e),
  ...range(0xc0, 0x24f), // Latin
  ...range(0x300, 0x36f), // combining marks
  ...range(0x391, 0x3a9), // Greek
  ...range(0x410, 0x44f), // Cyrillic
  ...range(0x5d0, 0x5ea), // Hebrew
  ...range(0x627, 0x64a), // Arabic
  ...range(0x904, 0x939), // Devanagari
  ...range(0xe01, 0xe3a), // Thai
  ...range(0x2500, 0x257f), // lines, of which bars are made
  ...range(0x3001, 0x3029), // marks of Chinese and Japanese
  ...range(0x3041, 0x3096), // Hiragana
  ...range(0x30a1, 0x30ff), // Katakana
  ...range(0x4e00, 0x4fff), // Han
  ...range(0xac00, 0xadff), // Hangul
  ...range(0xff01, 0xff60), // wide forms
  ...range(0xff66, 0xff9d), // narrow Katakana
  ...range(0x1f600, 0x1f64f), // faces
  ...range(0x20000, 0x200ff), // rare Han
]

test('every letter is as wide as Node takes it to be', () => {
  for (const letter of letters)
    assert.equal(textWidth(`x${letter}`), widthByReadline(`x${letter}`), `U+${letter.codePointAt(0)!.toString(16)}`)
})

const text = fc.array(fc.constantFrom(...letters), { maxLength: 30 }).map((all) => all.join(''))

test('the width of a text is the sum of the widths of its letters', () => {
  fc.assert(
    fc.property(text, (t) =>
      assert.equal(
        textWidth(t),
        Array.from(t).reduce((sum, letter) => sum + textWidth(letter), 0),
      ),
    ),
  )
})

test('fitText gives exactly the width asked for, and cuts only what is too long', () => {
  fc.assert(
    fc.property(text, fc.integer({ min: 1, max: 40 }), (t, width) => {
      const fitted = fitText(t, width)
      assert.equal(textWidth(fitted), width)
      if (textWidth(t) <= width) assert.equal(fitted, t.padEnd(t.length + width - textWidth(t)))
      else assert.ok(t.startsWith(fitted.trimEnd().replace(/…$/, '').trimEnd()) && fitted.includes('…'))
    }),
  )
  assert.equal(fitText('words', 0), '')
})

test('oneLine takes away what would move the cursor or paint', () => {
  assert.equal(oneLine('\x1b[31mred\x1b[0m'), 'red')
  assert.equal(oneLine('a\nb\r\n\tc\u2028d'), 'a b c d')
})

test('tables align by width, not by length, and end with the last letter of a line', () => {
  const table = formatTable(
    ['name', 'n'],
    [
      ['日本', '5'],
      ['a', '12'],
      ['b', ''],
    ],
    'lr',
  )
  assert.deepEqual(table.split('\n'), ['name   n', '日本   5', 'a     12', 'b'])
  assert.equal(formatTable(undefined, [['a', 'b']], 'll'), 'a  b')
})

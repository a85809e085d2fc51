import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { TextIndex } from '../../src/bag/text-index.js'

/** Near the borders of what is packed: 0, Latin-1, the length. */
const character = fc.constantFrom('a', 'b', '\0', '\x01', 'x', 'é', 'ÿ', '\u0100', '\u0101', 'я', '😀')
const text = fc.oneof(
  fc.array(character, { maxLength: 14 }).map((characters) => characters.join('')),
  fc.string({ maxLength: 14, unit: fc.constantFrom('a', '\0') }),
)

describe('a text index', () => {
  it('numbers texts as a Map does', () => {
    fc.assert(
      fc.property(fc.array(text, { maxLength: 300 }), (texts) => {
        const index = new TextIndex()
        const model = new Map<string, number>()
        for (const one of texts) {
          assert.equal(index.find(one), model.get(one) ?? -1)
          if (!model.has(one)) model.set(one, model.size)
          assert.equal(index.numberOf(one), model.get(one))
        }
        assert.deepEqual(index.texts, [...model.keys()])
        for (const [one, number] of model) assert.equal(index.find(one), number)
      }),
    )
  })

  it('finds each of many texts again', () => {
    const index = new TextIndex()
    const texts = Array.from({ length: 20_000 }, (_, i) => i.toString(36))
    for (const [i, one] of texts.entries()) assert.equal(index.numberOf(one), i)
    for (const [i, one] of texts.entries()) assert.equal(index.find(one), i)
  })
})

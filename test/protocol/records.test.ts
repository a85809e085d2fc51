import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { RecordReader, RecordWriter } from '../../src/protocol/index.js'

test('bytes are read as they were written, few and many, from anywhere, with what stands around them', () => {
  const piece = fc.record({
    bytes: fc.uint8Array({ maxLength: 300 }),
    // What a view leaves out on either side.
    from: fc.nat({ max: 7 }),
    less: fc.nat({ max: 7 }),
    word: fc.integer(),
  })
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
      const writer = new RecordWriter()
      const range = ({ bytes, from, less }: (typeof pieces)[0]) => {
        const start = Math.min(from, bytes.length)
        return [start, Math.max(start, bytes.length - less)] as const
      }
      // The same memory is written twice: what was there before is not seen again.
      for (let time = 0; time < 2; time++) {
        for (const one of pieces) {
          writer.word(one.word)
          writer.bytesOf(one.bytes, ...range(one))
        }
        const reader = new RecordReader(writer.take())
        for (const one of pieces) {
          const [start, end] = range(one)
          assert.equal(reader.word(), one.word)
          assert.deepEqual(Uint8Array.from(reader.bytes(end - start)), one.bytes.slice(start, end))
        }
        assert.ok(reader.isDone)
      }
    }),
  )
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { BackOff } from '../../../src/cluster/nanny/back-off.js'
import { LogRing } from '../../../src/cluster/nanny/log-ring.js'

test('the log keeps the last bytes, from the beginning of a line on', () => {
  const chunks = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', '\n', 'é', '木', '🧵'), maxLength: 40 }), { maxLength: 30 })
  fc.assert(
    fc.property(chunks, fc.integer({ min: 8, max: 64 }), (texts, capacity) => {
      const ring = new LogRing(capacity)
      for (const text of texts) ring.append(Buffer.from(text))
      const all = texts.join('')
      const kept = ring.text()
      assert.ok(all.endsWith(kept), `${JSON.stringify(kept)} ends ${JSON.stringify(all)}`)
      if (Buffer.byteLength(all) <= capacity) assert.equal(kept, all)
      else {
        assert.ok(Buffer.byteLength(kept) <= capacity)
        const last = Buffer.from(all).subarray(-capacity)
        const before = all.slice(0, all.length - kept.length)
        // No whole line that would fit is left out.
        const line = last.indexOf(0x0a)
        if (line >= 0 && line < capacity - 1) assert.ok(before.endsWith('\n'))
        assert.ok(Buffer.byteLength(kept) >= capacity - (line >= 0 && line < capacity - 1 ? line + 1 : 3))
      }
    }),
  )
})

test('bytes may come in any pieces', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), fc.array(fc.nat(30), { maxLength: 30 }), (text, cuts) => {
      const bytes = Buffer.from(text)
      const [whole, pieces] = [new LogRing(50), new LogRing(50)]
      whole.append(bytes)
      let at = 0
      for (const length of [...cuts, bytes.length]) {
        pieces.append(bytes.subarray(at, at + length))
        at = Math.min(bytes.length, at + length)
      }
      assert.equal(pieces.text(), whole.text())
    }),
  )
})

test('waits double up to the longest, and start again after a long life', () => {
  const backOff = new BackOff(100, 1000)
  const doubling = Array.from({ length: 6 }, (_, i) => Math.min(1000, 100 * 2 ** i))
  assert.deepEqual(
    doubling.map(() => backOff.after(0)),
    doubling,
  )
  assert.equal(backOff.after(1000), 1000)
  assert.equal(backOff.after(1001), 100)
  assert.equal(backOff.after(0), 200)
  assert.equal(new BackOff(100, 10).after(0), 10)
  assert.equal(new BackOff(0, 10).after(0), 0)
})

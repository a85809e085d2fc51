import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Recency } from '../../src/memory/index.js'

const slots = fc.oneof(fc.nat(9), fc.nat(300), fc.constantFrom(62, 63, 64, 127, 128, 5000))

test('keeps the order that a list would', () => {
  const steps = fc.array(fc.tuple(fc.constantFrom('touch', 'touch', 'remove'), slots), { maxLength: 200 })
  fc.assert(
    fc.property(steps, (script) => {
      const order = new Recency()
      let model: number[] = []
      for (const [step, slot] of script) {
        const there = model.includes(slot)
        model = model.filter((other) => other !== slot)
        if (step === 'touch') {
          order.touch(slot)
          model.push(slot)
        } else assert.equal(order.remove(slot), there)
        assert.equal(order.size, model.length)
        assert.equal(order.oldest, model[0] ?? -1)
        assert.equal(order.newest, model.at(-1) ?? -1)
        assert.equal(order.has(slot), model.includes(slot))
      }
      const walked = []
      for (let slot = order.oldest; slot >= 0; slot = order.after(slot)) walked.push(slot)
      assert.deepEqual(walked, model)
    }),
  )
})

test('taking out the oldest again and again gives every slot once, by its last use', () => {
  const order = new Recency()
  const uses = Array.from({ length: 10_000 }, (_, i) => (i * 7919) % 3001)
  for (const slot of uses) order.touch(slot)
  const expected = [...new Set(uses.toReversed())].toReversed()
  const given = []
  while (order.size > 0) {
    given.push(order.oldest)
    order.remove(order.oldest)
  }
  assert.deepEqual(given, expected)
  assert.equal(order.oldest, -1)
})

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { IntList } from '../../src/base/index.js'

describe('IntList', () => {
  it('is an array of integers', () => {
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.record({ push: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }) }) },
      { weight: 2, arbitrary: fc.constant('pop' as const) },
      { weight: 1, arbitrary: fc.record({ reserve: fc.nat(100) }) },
      { weight: 1, arbitrary: fc.constant('clear' as const) },
      { weight: 1, arbitrary: fc.constant('rewind' as const) },
    )
    fc.assert(
      fc.property(fc.nat(10), fc.array(step, { maxLength: 100 }), (capacity, steps) => {
        const list = new IntList(capacity)
        const model: number[] = []
        for (const s of steps) {
          if (s === 'pop') {
            if (model.length > 0) assert.equal(list.pop(), model.pop())
          } else if (s === 'clear' || s === 'rewind') {
            list[s]()
            model.length = 0
          } else if ('push' in s) {
            list.push(s.push)
            model.push(s.push)
          } else {
            list.reserve(s.reserve)
            assert.ok(list.items.length >= s.reserve)
          }
          assert.equal(list.length, model.length)
          assert.deepEqual([...list.toArray()], model)
          assert.deepEqual([...list.items.subarray(0, list.length)], model)
        }
      }),
    )
  })

  it('keeps memory that is used again and again, and gives it back when it is not', () => {
    const list = new IntList()
    const use = (length: number): void => {
      list.reserve(length)
      list.length = length
      list.rewind()
    }
    use(4_000_000)
    const { items } = list
    use(4_000_000)
    use(1_000_000)
    assert.equal(list.items, items)
    for (let i = 0; i < 5; i++) use(10)
    assert.ok(list.items.length < 300_000)
    use(4_000_000)
    list.clear()
    assert.ok(list.items.length < 300_000)
  })

  it('gives copies, which later changes leave alone', () => {
    const list = new IntList()
    list.push(1)
    const copy = list.toArray()
    list.items[0] = 2
    assert.deepEqual([...copy], [1])
  })
})

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { Random, RankSet } from '../../src/base/index.js'

describe('RankSet', () => {
  it('is a Set of integers that knows its least', () => {
    // Around the borders of the words and levels of the tree.
    const bound = fc.constantFrom(1, 2, 31, 32, 33, 1023, 1024, 1025, 32_768, 32_769, 40_000)
    fc.assert(
      fc.property(
        bound.chain((n) =>
          fc.tuple(
            fc.constant(n),
            fc.array(fc.tuple(fc.constantFrom('add', 'delete', 'deleteMin'), fc.nat(n - 1)), { maxLength: 200 }),
          ),
        ),
        ([n, steps]) => {
          const set = new RankSet(n)
          const model = new Set<number>()
          for (const [step, rank] of steps) {
            if (step === 'add') {
              set.add(rank)
              model.add(rank)
            } else if (step === 'deleteMin' && model.size > 0) {
              model.delete(set.min())
              set.deleteMin()
            } else assert.equal(set.delete(rank), model.delete(rank))
            assert.equal(set.has(rank), model.has(rank))
            assert.equal(set.size, model.size)
            assert.equal(set.min(), model.size === 0 ? -1 : Math.min(...model))
            const above = [...model].filter((member) => member >= rank)
            assert.equal(set.next(rank), above.length === 0 ? -1 : Math.min(...above))
            const beyond = [...model].filter((member) => member > rank)
            assert.equal(set.next(rank + 1), beyond.length === 0 ? -1 : Math.min(...beyond))
          }
        },
      ),
    )
  })

  it('gives a million members back in order', () => {
    const random = new Random(5)
    const set = new RankSet(1_000_000)
    const members = [...new Set(Array.from({ length: 20_000 }, () => random.below(1_000_000)))]
    for (const m of members) set.add(m)
    for (const m of members.sort((a, b) => a - b)) {
      assert.equal(set.min(), m)
      set.deleteMin()
    }
    assert.equal(set.min(), -1)
    assert.equal(set.size, 0)
  })

  it('has nothing in a set of nothing', () => {
    const set = new RankSet(0)
    assert.equal(set.min(), -1)
    assert.equal(set.has(0), false)
  })
})

import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { simulate } from './simulation.js'

test('plugins that throw are told no more, all others everything in order, and the scheduler goes on', async () => {
  const log = mock.method(console, 'error', () => {})
  try {
    let thrown = 0
    for (let seed = 1; seed <= 12; seed++) {
      const throwing = (after: number): { transition(): void } => {
        let told = 0
        return {
          transition() {
            if (++told > after + 1) assert.fail('it is told more, though it threw')
            if (told <= after) return
            thrown++
            throw new Error('a plugin that throws')
          },
        }
      }
      const { failure } = await simulate(seed, { plugins: [throwing(seed % 7), throwing(0), throwing(seed)] })
      assert.equal(failure, undefined, `seed ${seed}: ${failure}`)
    }
    assert.ok(thrown > 25)
    assert.equal(log.mock.callCount(), thrown)
  } finally {
    log.mock.restore()
  }
})

test('a plugin that is not told of something is noticed', async (t) => {
  t.mock.method(console, 'error', () => {})
  let n = 0
  const seed = 7
  const { failure } = await simulate(seed, {
    plugins: [],
    log: (log) => {
      const { listen } = log
      log.listen = (listener) => listen.call(log, (of, from, to) => (++n % 5 === 0 ? undefined : listener(of, from, to)))
    },
  })
  assert.match(failure ?? '', /a plugin (was|is) told/)
})

import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { LaneClock } from '../../src/lanes/lane-clock.js'

type Step =
  | { readonly do: 'compute' | 'idle'; readonly milliseconds: number }
  | { readonly do: 'enter' | 'leave' | 'asks' | 'answered'; readonly task: number }

const milliseconds = fc.nat(50)
const task = fc.nat(3)
const step = fc.oneof(
  fc.record({ do: fc.constantFrom('compute' as const, 'idle' as const), milliseconds }),
  fc.record({ do: fc.constantFrom('enter' as const, 'leave' as const, 'asks' as const, 'answered' as const), task }),
)

it('a lane clock gives time in equal parts to those that occupy the lane, and idle time only while one of them does not wait for an answer', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps: readonly Step[]) => {
      let now = 0
      let idle = 0
      const clock = new LaneClock(
        () => now,
        () => idle,
      )
      // By task: what the clock was told, and what it has so far, added up millisecond by millisecond.
      const inside = new Map<number, { entered: number; asks: boolean; own: number }>()
      for (const one of steps) {
        if ('task' in one) {
          const known = inside.get(one.task)
          if (one.do === 'enter' && !known) inside.set(one.task, { entered: clock.enter(false), asks: false, own: 0 })
          else if (one.do === 'leave' && known) {
            inside.delete(one.task)
            assert.ok(Math.abs(clock.leave(known.entered, known.asks) - known.own) < 1e-6)
          } else if (known && (one.do === 'asks' || one.do === 'answered') && known.asks !== (one.do === 'asks')) {
            known.asks = one.do === 'asks'
            clock.asks(known.asks)
          }
          continue
        }
        now += one.milliseconds
        if (one.do === 'idle') idle += one.milliseconds
        const all = [...inside.values()]
        if (one.do === 'idle' && all.every(({ asks }) => asks)) continue
        for (const each of all) each.own += one.milliseconds / all.length
      }
    }),
  )
})

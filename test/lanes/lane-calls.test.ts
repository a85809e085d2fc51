import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { MessageChannel } from 'node:worker_threads'
import { LaneCalls, LaneGone } from '../../src/lanes/lane-calls.js'
import { type Lane, startProcess, startThread } from '../../src/lanes/lane.js'

const here = (name: string): string => `${import.meta.url}#${name}`

// What lanes are asked to call.
export const double = (x: number): number => 2 * x
export const lengthOf = async (bytes: Uint8Array): Promise<number> => bytes.length
export function refuse(): never {
  throw new RangeError('no')
}
export const leave = (): never => process.exit(3)
export const unpostable = (): (() => number) => () => 1

/** A lane, and what asks it. */
function laneOf(start: typeof startThread): { lane: Lane; calls: LaneCalls } {
  const calls: LaneCalls = new LaneCalls(
    (message, transfer) => lane.post(message, transfer),
    () => undefined,
  )
  const lane = start(
    1,
    {},
    {
      ready: () => undefined,
      ends: () => undefined,
      said: (message) => void calls.receive(message),
      gone: (reason) => calls.closed(reason),
    },
  )
  lane.ref()
  return { lane, calls }
}

for (const [kind, start] of [
  ['thread', startThread],
  ['process', startProcess],
] as const) {
  describe(`questions to a ${kind}`, () => {
    it('are answered, with values, promises and errors', async () => {
      const { lane, calls } = laneOf(start)
      try {
        assert.equal(await calls.ask(here('double'), 21), 42)
        assert.equal(await calls.ask(here('lengthOf'), new Uint8Array(5)), 5)
        await assert.rejects(calls.ask(here('refuse'), undefined), (error: Error) => {
          assert.equal(error.name, 'RangeError')
          assert.equal(error.message, 'no')
          assert.match(error.stack!, /refuse/) // where it was thrown
          return true
        })
        await assert.rejects(calls.ask(here('unpostable'), undefined), /could not be cloned/)
      } finally {
        await lane.close()
      }
    })

    it('are rejected when it dies', async () => {
      const { lane, calls } = laneOf(start)
      await assert.rejects(
        calls.ask(here('leave'), undefined),
        (error) => error instanceof LaneGone && /code 3/.test(error.message),
      )
      await lane.close()
    })
  })
}

describe('LaneCalls', () => {
  it('asks in both directions at once, and hands over what is transferred', async () => {
    const { port1, port2 } = new MessageChannel()
    const ends = [port1, port2].map((port, i) => {
      const calls = new LaneCalls(
        (message, transfer) => port.postMessage(message, transfer),
        (name, args) => `${name} ${(args as Uint8Array).length} at ${i}`,
      )
      port.on('message', (message: object) => calls.receive(message))
      return calls
    })
    const bytes = new Uint8Array(7)
    const answers = await Promise.all([ends[0]!.ask('a', bytes, [bytes.buffer]), ends[1]!.ask('b', new Uint8Array(3))])
    assert.deepEqual(answers, ['a 7 at 1', 'b 3 at 0'])
    assert.equal(bytes.length, 0)
    port1.close()
  })

  it('says what one tick has to say in one message, and of that what cannot be posted rejects alone', async () => {
    const { port1, port2 } = new MessageChannel()
    let posted = 0
    const asks = new LaneCalls(
      (message, transfer) => {
        port1.postMessage(message, transfer)
        posted++
      },
      () => undefined,
    )
    let answered = 0
    const answers = new LaneCalls(
      (message, transfer) => {
        answered++
        port2.postMessage(message, transfer)
      },
      (_name, args) => (args as Uint8Array).length,
    )
    port1.on('message', (message: object) => asks.receive(message))
    port2.on('message', (message: object) => answers.receive(message))
    const bytes = new Uint8Array(7)
    const both = [asks.ask('a', bytes, [bytes.buffer]), asks.ask('b', new Uint8Array(3))]
    assert.deepEqual(await Promise.all(both), [7, 3])
    assert.deepEqual([posted, answered], [1, 1])
    const more = new Uint8Array(5)
    const good = asks.ask('a', more, [more.buffer])
    await assert.rejects(
      asks.ask('b', () => 1),
      /could not be cloned/,
    )
    assert.equal(await good, 5)
    port1.close()
  })

  it('leaves other messages to others', () => {
    const calls = new LaneCalls(
      () => undefined,
      () => undefined,
    )
    assert.equal(calls.receive({ words: new Int32Array(0) }), false)
  })
})

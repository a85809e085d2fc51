import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { ConnectionLost, ConnectionRejected, FrameTooLarge, connect, listen } from '../../src/comm/index.js'
import { config } from '../../src/config/index.js'
import { type Linked, Recorder, TRANSPORTS, credentials, link, pattern } from './linked.js'

const KIB = 1024
const MIB = 1024 * KIB

for (const [name, address] of Object.entries(TRANSPORTS)) {
  const linked = (title: string, run: (linked: Linked) => Promise<void>, more: { maximumFrame?: number } = {}) => {
    test(title, async () => {
      const both = await link(address(), more)
      try {
        await run(both)
      } finally {
        await both.end()
      }
    })
  }

  describe(`a connection over ${name}`, () => {
    linked('carries frames in order, both ways, whatever their size and their parts', async ({ near, far, ...events }) => {
      const part = fc.oneof(fc.nat(20), fc.nat(3000), fc.integer({ min: 16 * KIB - 9, max: 16 * KIB + 9 }), fc.nat(300 * KIB))
      const frames = fc.array(fc.tuple(fc.nat(255), fc.array(part, { maxLength: 4 })), { maxLength: 12 })
      let seed = 0
      await fc.assert(
        fc.asyncProperty(frames, frames, async (forth, back) => {
          events.nearEvents.frames.length = 0
          events.farEvents.frames.length = 0
          const expected = [forth, back].map((some) =>
            some.map(([kind, lengths]) => ({ kind, parts: lengths.map((length) => pattern(length, seed++)) })),
          )
          for (const { kind, parts } of expected[0]!) near.send(kind, parts)
          for (const { kind, parts } of expected[1]!) far.send(kind, parts)
          const got = [await events.farEvents.received(forth.length), await events.nearEvents.received(back.length)]
          expected.forEach((some, i) => {
            assert.equal(got[i]!.length, some.length)
            some.forEach(({ kind, parts }, j) => {
              const { kind: gotKind, body } = got[i]![j]!
              assert.equal(gotKind, kind)
              assert.equal(Buffer.compare(body, Buffer.concat(parts)), 0)
              assert.equal(body.byteOffset % 8, 0)
              assert.equal(Object.getPrototypeOf(body), Uint8Array.prototype)
            })
          })
        }),
        { numRuns: 25 },
      )
    })

    linked('takes shared memory as it is, and fills memory that the owner gives', async ({ near, farEvents }) => {
      const shared = new Uint8Array(new SharedArrayBuffer(3 * MIB + 8))
      const source = shared.subarray(8)
      source.set(pattern(3 * MIB, 5))
      const target = new Uint8Array(new SharedArrayBuffer(3 * MIB))
      const asked: number[][] = []
      farEvents.allocate = (kind, length) => {
        asked.push([kind, length])
        return kind === 9 ? target : undefined
      }
      near.send(9, [source.subarray(0, MIB), source.subarray(MIB)])
      near.send(8, [source.subarray(0, 20 * KIB)])
      near.send(7, [source.subarray(0, 100)])
      const frames = await farEvents.received(3)
      assert.deepEqual(asked, [
        [9, 3 * MIB],
        [8, 20 * KIB],
      ])
      assert.equal(frames[0]!.body, target)
      assert.equal(Buffer.compare(Buffer.from(target), Buffer.from(source)), 0)
      assert.equal(Buffer.compare(frames[1]!.body, Buffer.from(source.subarray(0, 20 * KIB))), 0)
    })

    linked('says when sent memory is free again', async ({ near, farEvents }) => {
      const bytes = pattern(5 * MIB, 1)
      const copy = bytes.slice()
      near.send(1, [bytes])
      assert.ok(near.pending >= bytes.length)
      await near.flushed()
      bytes.fill(0)
      assert.equal(near.pending, 0)
      const [frame] = await farEvents.received(1)
      assert.equal(Buffer.compare(frame!.body, copy), 0)
      await near.flushed()
      await near.drained()
    })

    linked('a reader that pauses holds the writer back, and gets all later', async ({ near, far, farEvents }) => {
      far.pause()
      const block = pattern(256 * KIB, 2)
      let sent = 0
      // What the systems' buffers and the pipe take on the way is less than 32 MiB; the writer learns of the rest.
      while (sent < 256 && near.pending < 8 * MIB) {
        near.send(sent++ & 255, [block])
        if (sent % 16 === 0) await new Promise((resolve) => setImmediate(resolve))
      }
      assert.ok(near.pending >= 8 * MIB, `only ${near.pending} bytes of ${sent} blocks are pending`)
      assert.equal(farEvents.frames.length, 0)
      let drained = false
      const waiting = near.drained().then(() => {
        drained = true
      })
      await new Promise((resolve) => setImmediate(resolve))
      assert.equal(drained, false)
      far.resume()
      await waiting
      assert.ok(near.pending < config.get('comm.lowWaterMark'))
      const frames = await farEvents.received(sent)
      frames.forEach(({ kind, body }, i) => {
        assert.equal(kind, i & 255)
        assert.equal(Buffer.compare(body, block), 0)
      })
    })

    linked('pausing within a frame holds back the next one', async ({ near, far, farEvents }) => {
      const record = farEvents.frame
      const mutable: { frame: typeof record } = farEvents
      mutable.frame = (kind, body) => {
        far.pause()
        record(kind, body)
      }
      for (let i = 0; i < 5; i++) near.send(i, [pattern(100, i)])
      for (let i = 1; i <= 5; i++) {
        await farEvents.received(i)
        await new Promise((resolve) => setImmediate(resolve))
        assert.equal(farEvents.frames.length, i)
        far.resume()
      }
    })

    linked(
      'close sends what is pending, and both ends are told that all is in order',
      async ({ near, far, nearEvents, farEvents }) => {
        for (let i = 0; i < 40; i++) near.send(i, [pattern(200 * KIB, i)])
        const done = near.close()
        assert.equal(near.closed, true)
        near.send(99, [new Uint8Array(1)])
        await done
        assert.equal(await farEvents.ended(), undefined)
        assert.equal(await nearEvents.ended(), undefined)
        assert.equal(farEvents.frames.length, 40)
        assert.equal(far.closed, true)
        far.send(1, [new Uint8Array(8)])
        await far.drained()
        await far.flushed()
        assert.equal(near.close(), done)
      },
    )

    linked('both ends may close at the same time, with much on its way', async ({ near, far, nearEvents, farEvents }) => {
      near.send(1, [pattern(10 * MIB, 1)])
      far.send(1, [pattern(10 * MIB, 2)])
      await Promise.all([near.close(), far.close()])
      assert.equal(await nearEvents.ended(), undefined)
      assert.equal(await farEvents.ended(), undefined)
    })

    linked(
      'abort tells this end its reason and the other that the connection was lost',
      async ({ near, nearEvents, farEvents }) => {
        const reason = new Error('enough')
        near.abort(reason)
        assert.equal(nearEvents.end, undefined, 'not from within the call')
        assert.equal(await nearEvents.ended(), reason)
        assert.ok((await farEvents.ended()) instanceof ConnectionLost)
        near.abort(new Error('again'))
        await near.close()
      },
    )

    linked('what an owner throws ends its connection, and no other', async ({ near, far, nearEvents, farEvents, listener }) => {
      const other = new Recorder()
      const second = await connect(listener.address, { credentials, role: 'client', events: other })
      const wrong = new Error('a frame that makes no sense')
      const mutable: { frame: Recorder['frame'] } = nearEvents
      mutable.frame = () => {
        throw wrong
      }
      far.send(1, [new Uint8Array(8)])
      assert.equal(await nearEvents.ended(), wrong)
      assert.equal(near.closed, true)
      assert.equal(second.closed, false)
      second.send(1, [new Uint8Array(8)])
      await second.close()
      assert.equal(await other.ended(), undefined)
      assert.equal(farEvents.frames.length, 0)
    })

    linked(
      'a frame that the other end would not take is an error of who sends it',
      async ({ near, far, farEvents, nearEvents }) => {
        assert.throws(() => near.send(1, [new Uint8Array(100 * KIB + 1)]), FrameTooLarge)
        near.send(1, [new Uint8Array(100 * KIB)])
        await farEvents.received(1)
        far.send(2, [new Uint8Array(200 * KIB)])
        await nearEvents.received(1)
      },
      { maximumFrame: 100 * KIB },
    )

    test('a listener may turn a role away, and says why', async () => {
      const refused: Error[] = []
      const listener = await listen(address(), {
        credentials,
        accept(_comm, role) {
          if (role === 'worker') throw new Error('no more workers today')
          return new Recorder()
        },
        refused: (error) => refused.push(error),
      })
      const attempt = (role: string) => connect(listener.address, { credentials, role, events: new Recorder() })
      await assert.rejects(
        attempt('worker'),
        (error) => error instanceof ConnectionRejected && /no more workers today/.test(error.message),
      )
      assert.deepEqual(
        refused.map(({ message }) => message),
        ['no more workers today'],
      )
      await (await attempt('client')).close()
      await listener.close()
    })

    test('a listener that is closed takes no more connections and keeps those that there are', async () => {
      const both = await link(address())
      await both.listener.close()
      await assert.rejects(
        connect(both.listener.address, { credentials, role: 'client', events: new Recorder() }),
        (error) => error instanceof Error && error.message.includes(both.listener.address),
      )
      both.near.send(3, [pattern(10, 1)])
      await both.farEvents.received(1)
      await both.end()
    })

    test('a connect that was aborted before it began rejects with the reason', async () => {
      const both = await link(address())
      const reason = new Error('never mind')
      await assert.rejects(
        connect(both.listener.address, {
          credentials,
          role: 'client',
          events: new Recorder(),
          signal: AbortSignal.abort(reason),
        }),
        reason,
      )
      await both.end()
    })
  })
}

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { FrameTooLarge, ProtocolError } from '../../src/comm/index.js'
import { FrameReader } from '../../src/comm/frame-reader.js'
import { FrameWriter } from '../../src/comm/frame-writer.js'
import type { Pipe } from '../../src/comm/pipe.js'
import { pattern } from './linked.js'

/** A pipe that keeps what is written to it and says when it is gone. */
class Kept implements Pipe {
  readonly peer = 'test'
  readonly local = 'test'
  readonly binding = new Uint8Array(0)
  readonly batch: number
  readonly writes: Uint8Array[][] = []
  readonly dones: (() => void)[] = []
  constructor(batch: number) {
    this.batch = batch
  }
  write(parts: readonly Uint8Array[], done: () => void): void {
    this.writes.push(parts.map((part) => part.slice()))
    this.dones.push(done)
  }
  read(): void {}
  pause(): void {}
  resume(): void {}
  ref(): void {}
  unref(): void {}
  end(): void {}
  destroy(): void {}
}

const sizes = fc.oneof(fc.nat(16), fc.integer({ min: 2040, max: 2060 }), fc.nat(40_000))
const frames = fc.array(fc.record({ kind: fc.nat(255), parts: fc.array(sizes, { maxLength: 4 }) }), { maxLength: 20 })

/** The bytes of frames, in pieces of at most `batch`, as a pipe is given them. */
async function written(some: readonly { kind: number; parts: readonly Uint8Array[] }[], batch: number): Promise<Uint8Array> {
  const pipe = new Kept(batch)
  const writer = new FrameWriter(pipe, 1)
  for (const { kind, parts } of some)
    writer.frame(
      kind,
      parts,
      parts.reduce((sum, part) => sum + part.length, 0),
    )
  const pending = writer.pending
  await new Promise<void>((resolve) => process.nextTick(resolve))
  for (let i = 0; i < pipe.dones.length; i++) pipe.dones[i]!()
  assert.equal(writer.pending, 0)
  const bytes = new Uint8Array(Buffer.concat(pipe.writes.flat()))
  assert.equal(bytes.length, pending)
  for (const write of pipe.writes) assert.ok(write.reduce((sum, part) => sum + part.length, 0) <= batch)
  return bytes
}

describe('frames', () => {
  test('any sequence of them in any chunking arrives intact', async () => {
    let seed = 0
    await fc.assert(
      fc.asyncProperty(
        frames,
        fc.array(fc.oneof(fc.integer({ min: 1, max: 24 }), fc.integer({ min: 1, max: 70_000 })), { minLength: 1 }),
        fc.constantFrom(64, 5000, 1 << 20),
        fc.constantFrom('given', 'space'),
        fc.boolean(),
        async (some, cuts, batch, mode, allocates) => {
          const sent = some.map(({ kind, parts }) => ({ kind, parts: parts.map((length) => pattern(length, seed++)) }))
          const bytes = await written(sent, batch)
          const got: { kind: number; body: Uint8Array }[] = []
          const given = new Set<Uint8Array>()
          const reader = new FrameReader(
            {
              frame: (kind, body) => got.push({ kind, body }),
              allocate: allocates
                ? (_kind, length) => {
                    const memory = new Uint8Array(length)
                    given.add(memory)
                    return memory
                  }
                : undefined,
            },
            1 << 20,
            'test',
          )
          for (let at = 0, i = 0; at < bytes.length; i++) {
            const cut = bytes.subarray(at, at + cuts[i % cuts.length]!)
            if (mode === 'given') {
              reader.push(cut.slice())
              at += cut.length
            } else {
              const space = reader.space()
              const n = Math.min(space.length, cut.length)
              space.set(cut.subarray(0, n))
              reader.push(space.subarray(0, n))
              at += n
            }
          }
          assert.equal(got.length, sent.length)
          sent.forEach(({ kind, parts }, i) => {
            const whole = Buffer.concat(parts)
            assert.equal(got[i]!.kind, kind)
            assert.equal(Buffer.compare(got[i]!.body, whole), 0)
            assert.equal(got[i]!.body.byteOffset % 8, 0)
            assert.equal(given.has(got[i]!.body), allocates && whole.length >= 16 * 1024)
          })
        },
      ),
      { numRuns: 300 },
    )
  })

  test('those of one tick leave in one write, and those that come during a write in the next', async () => {
    const pipe = new Kept(1 << 20)
    const writer = new FrameWriter(pipe, 1)
    for (let i = 0; i < 100; i++) writer.frame(i, [pattern(50, i)], 50)
    assert.equal(pipe.writes.length, 0)
    await new Promise<void>((resolve) => process.nextTick(resolve))
    assert.equal(pipe.writes.length, 1)
    for (let i = 0; i < 100; i++) writer.frame(i, [pattern(50, i)], 50)
    await new Promise<void>((resolve) => process.nextTick(resolve))
    assert.equal(pipe.writes.length, 1)
    pipe.dones[0]!()
    assert.equal(pipe.writes.length, 2)
  })

  test('bytes that are no frame, and frames that are too large, are refused before memory is made for them', () => {
    const asked: number[] = []
    const sink = {
      frame: () => assert.fail('no frame was sent'),
      allocate: (_kind: number, length: number) => {
        asked.push(length)
        return undefined
      },
    }
    assert.throws(() => new FrameReader(sink, 1000, 'x').push(new TextEncoder().encode('GET / HTTP/1.1\r\n')), ProtocolError)
    const huge = new Uint8Array([0, 0, 0, 0, 255, 255, 1, 0xf7])
    assert.throws(() => new FrameReader(sink, 1 << 30, 'x').push(huge), FrameTooLarge)
    assert.deepEqual(asked, [])
  })
})

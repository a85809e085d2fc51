import assert from 'node:assert/strict'
import { test } from 'node:test'
import { threadBytes, useThreadMemory, wasm } from '../../src/base/index.js'
import { RandomStream, SeedSequence } from '../../src/native/index.js'
import { fixtures, numbers } from './fixture.js'

const ROOM = 2 ** 16
const memory = new wasm.Memory({ initial: 128, maximum: 128, shared: true })
useThreadMemory({ memory, room: 2 ** 20, roomBytes: ROOM })
const inPool = (n: number): Float64Array => {
  const { buffer, byteOffset } = threadBytes(2 ** 21, n * 8)
  return new Float64Array(buffer as ArrayBuffer, byteOffset, n)
}
const fresh = (): RandomStream => new RandomStream('pcg64', new SeedSequence(3n))

/** Bytes of the room of this thread that are not as they were. */
const written = (): number => threadBytes(2 ** 20, ROOM).reduce((sum, byte) => sum + Number(byte !== 0), 0)

test('random numbers are written where they are wanted, and are those of NumPy', () => {
  const { count, standard, normal, next } = fixtures.longNormals[0]!
  const all = inPool(count)
  const stream = fresh()
  const compare = (text: string): void => {
    for (const [i, expected] of numbers(text, 'float64').entries()) {
      assert.ok(
        Math.abs(all[i * 97]! - expected) <= 4e-16 * Math.abs(expected),
        `${all[i * 97]} at ${i * 97}, expected ${expected}`,
      )
    }
  }
  stream.fillStandard('normal', all)
  compare(standard)
  assert.ok(written() > 0, 'the tables lie in the room of the thread')
  // What else the thread does leaves nothing of the tables.
  threadBytes(2 ** 20, ROOM).fill(0)
  stream.fillContinuous('normal', [3, 0.5], all)
  compare(normal)
  const words = new BigUint64Array(3)
  stream.fillWords(words)
  assert.deepEqual(words, numbers(next, 'uint64'))
})

test('parameters that the room of the thread does not hold are copied elsewhere', () => {
  const n = 50_000
  const means = Float64Array.from({ length: n }, (_, i) => i)
  const elsewhere = new Float64Array(n)
  fresh().fillContinuous('normal', [means, 2], elsewhere)
  threadBytes(2 ** 20, ROOM).fill(0)
  const all = inPool(n)
  fresh().fillContinuous('normal', [means, 2], all)
  assert.equal(written(), 0)
  assert.deepEqual(Float64Array.from(all), elsewhere)
})

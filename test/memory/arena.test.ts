import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import fc from 'fast-check'
import { InvariantError } from '../../src/base/index.js'
import { Arena, ArenaFull, ArenaUnavailable } from '../../src/memory/index.js'
import { createArenaMemory, knowsWideMemory } from '../../src/memory/arena-memory.js'

const MIB = 2 ** 20

/** What an arena must do, by the plainest means: a list of who has what. */
interface Held {
  readonly address: number
  readonly bytes: number
  references: number
  readonly mark: number
}

type Step = { readonly kind: 'allocate' | 'retain' | 'release' | 'divide'; readonly bytes: number; readonly which: number }

const anyStep: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom('allocate', 'allocate', 'retain', 'release', 'release', 'divide'),
  bytes: fc.oneof(fc.nat(300), fc.nat(100_000), fc.nat(3 * MIB)),
  which: fc.nat(),
})

test('whatever is allocated, kept, released and divided: blocks never overlap, and what is in them stays', () => {
  fc.assert(
    fc.property(fc.array(anyStep, { maxLength: 120 }), (steps) => {
      const limit = 16 * MIB
      const arena = new Arena({ limit, poison: true })
      const held: Held[] = []
      let mark = 0
      const add = (address: number, bytes: number): void => {
        mark = (mark % 250) + 1
        new Uint8Array(arena.buffer, address, bytes).fill(mark)
        held.push({ address, bytes, references: 1, mark })
      }
      for (const { kind, bytes, which } of steps) {
        const i = which % Math.max(1, held.length)
        const one = held[i]
        if (kind === 'allocate') {
          const address = arena.tryAllocate(bytes)
          if (address === undefined) {
            assert.ok(
              bytes > arena.statistics().largestFree * 0.94 - 64,
              `no room for ${bytes} where ${arena.statistics().largestFree} are free`,
            )
            continue
          }
          assert.equal(address % 64, 0)
          assert.ok(address > 0 && address + bytes <= limit)
          for (const h of held) assert.ok(address + bytes <= h.address || h.address + h.bytes <= address)
          add(address, bytes)
        } else if (!one) continue
        else if (kind === 'retain') {
          arena.retain(one.address)
          one.references++
        } else if (kind === 'release') {
          const content = new Uint8Array(arena.buffer, one.address, one.bytes)
          assert.ok(content.every((b) => b === one.mark))
          assert.equal(arena.release(one.address), --one.references > 0)
          if (one.references === 0) held.splice(i, 1)
        } else if (one.references === 1 && one.bytes >= 256) {
          const sizes = [64, one.bytes - 192, 0]
          held.splice(i, 1)
          const addresses = arena.divide(one.address, sizes)
          assert.equal(addresses[0], one.address)
          addresses.forEach((a, k) => add(a, sizes[k]!))
        }
        assert.equal(arena.statistics().blocks, held.length)
        assert.ok(arena.statistics().used >= held.reduce((sum, h) => sum + h.bytes, 0))
        for (const h of held) assert.equal(arena.references(h.address), h.references)
      }
      for (const h of held) while (arena.release(h.address));
      assert.equal(arena.statistics().used, 0)
      // All that was ever used is one piece again, and takes up what was never used with it.
      assert.equal(arena.statistics().largestFree, limit - 64)
    }),
    { numRuns: 60 },
  )
})

test('memory that was freed is used again before any that was not', () => {
  const arena = new Arena({ limit: 64 * MIB })
  const first = arena.allocate(MIB)
  arena.release(first)
  for (let i = 0; i < 100; i++) {
    assert.equal(arena.allocate(MIB), first)
    arena.release(first)
  }
  assert.ok(arena.statistics().reached <= 2 * MIB)
  assert.equal(arena.statistics().peak, arena.sizeOf(arena.allocate(MIB)))
})

test('less than what was asked for does as well where it was in use before, if that is said', () => {
  const arena = new Arena({ limit: 64 * MIB, poison: true })
  const [small, kept, large, end] = [2, 1, 4, 1].map((n) => arena.allocate(n * MIB))
  for (const address of [small!, large!]) arena.release(address)
  assert.equal(arena.sizeOf(arena.tryAllocate(16 * MIB, 8 * MIB)!), 16 * MIB, 'no free piece has so much')
  assert.equal(arena.tryAllocate(16 * MIB, 3 * MIB), large, 'the largest piece')
  assert.equal(arena.sizeOf(large!), 4 * MIB)
  assert.equal(arena.tryAllocate(3 * MIB, MIB), small, 'what is left of them')
  for (const address of [small, kept, large, end]) assert.equal(arena.references(address!), 1)
})

test('a full arena says how full it is, and goes on after a release', () => {
  const arena = new Arena({ limit: 16 * MIB })
  const block = arena.allocate(12 * MIB)
  assert.throws(
    () => arena.allocate(8 * MIB),
    (e: Error) => e instanceof ArenaFull && /8.00 MiB.*12.00 MiB of 16.00 MiB/.test(e.message),
  )
  arena.release(block)
  arena.release(arena.allocate(14 * MIB))
})

test('releasing twice, and writing after release in poison mode, are found', () => {
  const arena = new Arena({ limit: 16 * MIB, poison: true })
  const block = arena.allocate(1000)
  arena.release(block)
  assert.throws(() => arena.release(block), InvariantError)
  new Uint8Array(arena.buffer)[block + 77] = 1
  assert.throws(
    () => arena.allocate(1000),
    (e: Error) => e instanceof InvariantError && e.message.includes(String(block + 77)),
  )
})

test('memory grows beneath the feet of threads', async () => {
  const arena = new Arena({ limit: 256 * MIB })
  const worker = new Worker(
    `const { parentPort, workerData: memory } = require('node:worker_threads')
     parentPort.on('message', ({ at }) => {
       memory.grow(0)
       const view = new Float64Array(memory.buffer, at, 2)
       view[1] = view[0] * 2
       parentPort.postMessage('done')
     })`,
    { eval: true, workerData: arena.memory.memory },
  )
  try {
    for (const size of [MIB, 80 * MIB, 90 * MIB]) {
      const at = arena.allocate(size)
      new Float64Array(arena.buffer, at, 1)[0] = size
      worker.postMessage({ at })
      await once(worker, 'message')
      assert.equal(new Float64Array(arena.buffer, at, 2)[1], 2 * size)
    }
  } finally {
    await worker.terminate()
  }
})

test('where less can be reserved, less is; where next to nothing can, the error says what to do', () => {
  const refuse = (most: number) => (pages: number, wide: boolean) => {
    if (pages * 65_536 > most) throw new RangeError('could not allocate memory')
    return createArenaMemory(most).memory && { buffer: new SharedArrayBuffer(0), grow: () => 0, wide }
  }
  assert.equal(createArenaMemory(2 ** 32, refuse(100 * MIB)).maximum, 64 * MIB)
  assert.throws(
    () => createArenaMemory(2 ** 32, refuse(0.5)),
    (e: Error) => e instanceof ArenaUnavailable && e.message.includes('--disable-wasm-trap-handler'),
  )
})

test('beyond 4 GiB where the engine can', { skip: !knowsWideMemory() }, () => {
  const arena = new Arena({ limit: 6 * 2 ** 30 })
  assert.ok(arena.memory.wide)
  const low = arena.allocate(5 * 2 ** 30)
  const high = arena.allocate(1000)
  assert.ok(high > 2 ** 32)
  new Uint8Array(arena.buffer, high, 1)[0] = 7
  arena.release(low)
})

test('in a process whose address space is limited there is an arena, or the error that says why not', {
  skip: process.platform !== 'linux',
}, () => {
  const url = new URL('../../src/memory/index.js', import.meta.url)
  const program = `import { Arena } from ${JSON.stringify(url.href)}
    try { new Arena({ limit: 2 ** 30 }).allocate(100); console.log('an arena') } catch (e) { console.log(e.name) }`
  const { stdout, stderr } = spawnSync(
    'sh',
    ['-c', 'ulimit -v 8000000 && exec "$0" --input-type=module -e "$1"', process.execPath, program],
    {
      encoding: 'utf8',
      cwd: fileURLToPath(new URL('.', import.meta.url)),
    },
  )
  assert.match(stdout, /^(an arena|ArenaUnavailable)\n$/, stderr)
})

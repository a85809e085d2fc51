// Partitions as they come in: memory, files, limits, full disks, runs that are over.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import fc from 'fast-check'
import { type Opened, type PartitionStore as Store, ShuffleError, ShuffleRunEnded, movers } from '../../src/shuffle/index.js'

await movers.load()
const { PartitionStore, ShardPacker } = movers.code

const folder = mkdtempSync(join(tmpdir(), 'heddle-test-'))
after(() => rmSync(folder, { recursive: true }))

interface Given {
  readonly transfer: number
  readonly output: number
  readonly bytes: Uint8Array
}

function packed(shards: readonly Given[]): { directory: Int32Array; bytes: Uint8Array<ArrayBuffer> } {
  const packer = new ShardPacker()
  for (const { output, bytes } of shards) packer.add(output, 1, (allocate) => allocate(bytes.length).set(bytes))
  return packer.take()!
}

/** What an answer holds, in its order. */
function contents({ shards, bytes, path }: Opened): string[] {
  const file = path !== undefined && shards.some((place) => place < 0) ? readFileSync(path) : undefined
  return Array.from({ length: shards.length / 3 }, (_, i) => {
    const place = shards[i * 3]!
    const length = shards[i * 3 + 1]!
    const from = place < 0 ? file!.subarray(-1 - place, -1 - place + length) : bytes.subarray(place, place + length)
    return Buffer.from(from).toString('hex')
  })
}

async function pieces(store: Store, run: number, output: number, transfers: Int32Array): Promise<string[]> {
  const all: string[] = []
  for (let from = 0; from >= 0; ) {
    const piece = await store.read(run, output, transfers, from)
    all.push(...contents(piece))
    from = piece.next
  }
  return all
}

/** Resolves when the files below the folder are those. */
async function noFiles(): Promise<void> {
  const deadline = performance.now() + 10_000
  while (readdirSync(folder).length > 0 && performance.now() < deadline) await new Promise((resolve) => setImmediate(resolve))
  assert.deepEqual(readdirSync(folder), [])
}

describe('a store of partitions', () => {
  it('has every shard once, in the order of the inputs, wherever it is', async () => {
    const given = fc.array(fc.record({ transfer: fc.nat(5), output: fc.nat(4), bytes: fc.uint8Array({ maxLength: 40 }) }), {
      maxLength: 60,
    })
    await fc.assert(
      fc.asyncProperty(
        given,
        fc.constantFrom(0, 50, 300, Infinity),
        fc.shuffledSubarray([0, 1, 2, 3, 4, 5]),
        async (list, limit, order) => {
          const store = new PartitionStore({ name: 'test', limit, folder: () => folder })
          store.begin(1)
          await Promise.all(list.map((shard) => store.take(1, shard.transfer, packed([shard]))))
          assert.ok(store.bytes <= limit)
          const transfers = Int32Array.from(order)
          for (let output = 0; output <= 4; output++) {
            const expected = order.flatMap((transfer) =>
              list.filter((s) => s.output === output && s.transfer === transfer).map((s) => Buffer.from(s.bytes).toString('hex')),
            )
            assert.deepEqual(contents(store.open(1, output, transfers)), expected)
            assert.deepEqual(await pieces(store, 1, output, transfers), expected)
          }
          assert.ok(store.files <= 5)
          await store.close()
          assert.equal(store.bytes + store.diskBytes, 0)
        },
      ),
      { numRuns: 60 },
    )
    await noFiles()
  })

  it('appends to one file for each partition, of which few are open', async () => {
    const store = new PartitionStore({ name: 'test', limit: 20_000, folder: () => folder })
    store.begin(1)
    for (let transfer = 0; transfer < 50; transfer++) {
      await store.take(
        1,
        transfer,
        packed(Array.from({ length: 100 }, (_, output) => ({ transfer, output, bytes: new Uint8Array(100).fill(output) }))),
      )
    }
    assert.ok(store.bytes <= 20_000)
    assert.ok(store.mostOpenFiles <= 8, `${store.mostOpenFiles} files were open at once`)
    const files = readdirSync(folder)
    assert.ok(files.length <= 100 && files.length === store.files)
    for (const file of files) assert.equal(statSync(join(folder, file)).mode & 0o777, 0o600)
    const transfers = Int32Array.from({ length: 50 }, (_, i) => i)
    for (let output = 0; output < 100; output++)
      assert.deepEqual(contents(store.open(1, output, transfers)), new Array(50).fill(Buffer.alloc(100, output).toString('hex')))
    store.drop(1, 7)
    assert.throws(() => store.open(1, 7, transfers), ShuffleRunEnded)
    await store.close()
    await noFiles()
  })

  it('has those wait who bring more than there is room for', async () => {
    const gates: (() => void)[] = []
    const store = new PartitionStore({
      name: 'test',
      limit: 1000,
      folder: () => folder,
      disk: {
        open: async (path, flags, mode) => {
          await new Promise<void>((resolve) => gates.push(resolve))
          return open(path, flags, mode)
        },
      },
    })
    store.begin(1)
    const shard = { transfer: 1, output: 0, bytes: new Uint8Array(800) }
    await store.take(1, 1, packed([shard]))
    let taken = false
    const second = store.take(1, 1, packed([shard])).then(() => (taken = true))
    while (gates.length === 0) await new Promise((resolve) => setImmediate(resolve))
    assert.equal(taken, false)
    gates[0]!()
    await second
    assert.equal(contents(store.open(1, 0, Int32Array.of(1))).length, 2)
    await store.close()
    await noFiles()
  })

  it('refuses what is of a run that is over, also before it has heard of it', async () => {
    const store = new PartitionStore({ name: 'test', limit: Infinity, folder: () => folder })
    const shard = packed([{ transfer: 1, output: 0, bytes: new Uint8Array(8) }])
    await store.take(4, 1, shard)
    assert.throws(() => store.open(4, 0, Int32Array.of(1)), ShuffleRunEnded) // nobody said that it is to own it
    store.begin(4)
    assert.equal(contents(store.open(4, 0, Int32Array.of(1))).length, 1)
    store.end(4)
    store.end(5)
    await assert.rejects(store.take(4, 1, shard), ShuffleRunEnded)
    await assert.rejects(store.take(5, 1, shard), ShuffleRunEnded)
    store.begin(5)
    assert.throws(() => store.open(5, 0, Int32Array.of(1)), ShuffleRunEnded)
    await assert.rejects(store.read(5, 0, Int32Array.of(1), 0), ShuffleRunEnded)
    assert.deepEqual(store.runs, [])
    assert.equal(store.bytes, 0)
  })

  it('on a full disk fails the run, says so, and leaves nothing behind', async () => {
    let full = false
    const store = new PartitionStore({
      name: 'the worker w1',
      limit: 1000,
      folder: () => folder,
      disk: {
        open: async (path, flags, mode) => {
          const file = await open(path, flags, mode)
          if (full) file.writev = () => Promise.reject(Object.assign(new Error('no space left'), { code: 'ENOSPC' }))
          return file
        },
      },
    })
    store.begin(1)
    store.begin(2)
    const some = packed([0, 1, 2].map((output) => ({ transfer: 1, output, bytes: new Uint8Array(400) })))
    await store.take(1, 1, some)
    full = true
    const failed = store.take(1, 1, some)
    await assert.rejects(failed, (error) => {
      assert.ok(error instanceof ShuffleError)
      assert.match(error.message, /the worker w1: there is no room on the disk for .* memory.localDirectory/)
      return true
    })
    await assert.rejects(store.take(1, 1, some), ShuffleError)
    assert.throws(() => store.open(1, 0, Int32Array.of(1)), ShuffleError)
    full = false
    await store.take(2, 1, packed([{ transfer: 1, output: 0, bytes: new Uint8Array(100) }]))
    assert.equal(contents(store.open(2, 0, Int32Array.of(1))).length, 1)
    await store.close()
    assert.equal(store.bytes + store.diskBytes + store.openFiles, 0)
    await noFiles()
  })
})

// What needs no cluster: partitioners, packing, who owns what, queues of bytes.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { Graph, GraphBuilder } from '../../src/graph/index.js'
import { readShuffleAnswer, readShuffleQuestion, writeShuffleAnswer, writeShuffleQuestion } from '../../src/protocol/index.js'
import { PartitionerError, type ShardPacker as Packer, movers } from '../../src/shuffle/index.js'

await movers.load()
const { ByteGate, ShardPacker, assignOwners, checkedPartitioner, eachShard, hashPartitioner, rangePartitioner, shufflesOf } =
  movers.code

describe('partitioners', () => {
  it('by hash give every key one partition', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1000 }), fc.array(fc.integer({ min: -(2 ** 31), max: 2 ** 31 })), (n, hashes) => {
        const partition = hashPartitioner<number>(n, (hash) => hash)
        for (const hash of hashes) {
          const p = partition(hash)
          assert.ok(Number.isInteger(p) && p >= 0 && p < n)
          assert.equal(partition(hash), p)
        }
      }),
    )
  })

  it('by order agree with counting the bounds that are not above the key', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 20 })), fc.integer({ min: -1, max: 21 }), (unsorted, key) => {
        const bounds = unsorted.sort((a, b) => a - b)
        const partition = rangePartitioner(bounds, (a, b) => a - b)
        assert.equal(partition(key), bounds.filter((bound) => bound <= key).length)
      }),
    )
    assert.throws(() => rangePartitioner([2, 1], (a, b) => a - b), /must ascend, and number 1 does not/)
  })

  it('of users are held to what there is', () => {
    for (const wrong of [-1, 3, 0.5, Number.NaN, '1', undefined, null])
      assert.throws(() => checkedPartitioner(3, () => wrong as number)('key'), PartitionerError)
    assert.equal(checkedPartitioner<number>(3, (key, n) => key % n)(7), 1)
  })
})

const shards = fc.array(
  fc.record({
    output: fc.nat(20),
    count: fc.nat(1000),
    bytes: fc.oneof(fc.uint8Array({ maxLength: 50 }), fc.uint8Array({ minLength: 60_000, maxLength: 70_000 })),
  }),
  { maxLength: 20 },
)

function packed(list: readonly { output: number; count: number; bytes: Uint8Array }[]): Packer {
  const packer = new ShardPacker()
  for (const { output, count, bytes } of list) packer.add(output, count, (allocate) => allocate(bytes.length).set(bytes))
  return packer
}

it('packed shards come out as they went in, at multiples of eight', () => {
  fc.assert(
    fc.property(shards, (list) => {
      const packer = packed(list)
      const out: typeof list = []
      const taken = packer.take()
      assert.equal(taken === undefined, list.length === 0)
      if (taken)
        eachShard(taken.directory, (output, count, at, length) => {
          assert.equal(at % 8, 0)
          out.push({ output, count, bytes: taken.bytes.slice(at, at + length) })
        })
      assert.deepEqual(
        out,
        list.map(({ output, count, bytes }) => ({ output, count, bytes: Uint8Array.from(bytes) })),
      )
      assert.equal(packer.take(), undefined)
      assert.equal(packer.bytes, 0)
    }),
    { numRuns: 50 },
  )
})

it('messages between workers come out as they went in', () => {
  const body = (parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts)).slice()
  fc.assert(
    fc.property(shards, fc.nat(), fc.nat(), (list, run, transfer) => {
      const { directory, bytes } = packed(list).take() ?? { directory: new Int32Array(), bytes: new Uint8Array() }
      const question = { ask: 1, run, transfer, directory, bytes } as const
      const read = readShuffleQuestion(body(writeShuffleQuestion(7, question)))
      assert.equal(read.id, 7)
      assert.deepEqual({ ...read.question, bytes: bytes.slice() }, { ...question, bytes: bytes.slice() })
      const answer = { status: 0, next: transfer, shards: Float64Array.from(directory), bytes, problem: '' }
      const told = readShuffleAnswer(body(writeShuffleAnswer(9, answer)))
      assert.deepEqual({ ...told, bytes: told.bytes.slice() }, { ...answer, bytes: bytes.slice() })
    }),
    { numRuns: 50 },
  )
  const ask = { ask: 2, run: 3, output: 4, from: 5, transfers: Int32Array.of(9, 8, 7) } as const
  assert.deepEqual(readShuffleQuestion(body(writeShuffleQuestion(1, ask))).question, ask)
  assert.equal(readShuffleAnswer(body(writeShuffleAnswer(1, { status: 2, problem: 'kein Platz, ½' }))).problem, 'kein Platz, ½')
  for (const length of [0, 10, 31, 32])
    assert.throws(() => readShuffleQuestion(new Uint8Array(length)), /too early|nothing that there is/)
})

it('every worker owns as many partitions as it has threads, more or less', () => {
  fc.assert(
    fc.property(fc.nat(200), fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 9 }), (outputs, threads) => {
      const owners = assignOwners(
        outputs,
        threads.map((n, i) => ({ index: i * 3, threads: n })),
      )
      assert.equal(owners.length, outputs)
      const total = threads.reduce((a, b) => a + b)
      threads.forEach((n, i) => {
        const owned = owners.filter((owner) => owner === i * 3).length
        assert.ok(Math.abs(owned - (outputs * n) / total) <= n, `${owned} of ${outputs} for ${n} of ${total} threads`)
      })
    }),
  )
})

it('a gate lets so many bytes in, in order, and what is larger alone', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 100 }), fc.array(fc.integer({ min: 1, max: 150 })), async (limit, pieces) => {
      const gate = new ByteGate(limit)
      const inside: number[] = []
      const entered: number[] = []
      const all = pieces.map((bytes, i) =>
        gate.enter(bytes).then(() => {
          inside.push(bytes)
          entered.push(i)
          assert.ok(inside.length === 1 || inside.reduce((a, b) => a + b) <= limit)
        }),
      )
      while (entered.length < pieces.length) {
        await new Promise((resolve) => setImmediate(resolve))
        assert.ok(inside.length > 0)
        gate.leave(inside.shift()!)
      }
      await Promise.all(all)
      assert.deepEqual(
        entered,
        pieces.map((_, i) => i),
      )
    }),
    { numRuns: 30 },
  )
})

it('the shuffles of a graph are found by their seals', () => {
  const builder = new GraphBuilder()
  const run = () => 0
  const transfer = builder.layer({ name: 'transfer', run, shuffle: 'transfer' })
  const seal = builder.layer({ name: 'seal', run, shuffle: 'seal' })
  const read = builder.layer({ name: 'read', run })
  const other = builder.layer({ name: 'other', run })
  const inputs = [builder.task(transfer, []), builder.task(transfer, [])]
  const sealed = builder.task(seal, inputs)
  const readers = [0, 1, 2].map(() => builder.task(read, [sealed]))
  assert.deepEqual(shufflesOf(builder.finish()), [
    { seal: sealed, transfers: inputs, readers: readers.map((task, output) => ({ task, output })), once: true },
  ])
  builder.task(other, [sealed])
  assert.equal(shufflesOf(builder.finish())[0]!.once, false)
  assert.deepEqual(
    shufflesOf(new Graph([], new Uint16Array(), new Int32Array(), { start: new Int32Array(1), targets: new Int32Array() })),
    [],
  )
})

it('shards begin at a multiple of eight, wherever the message that brought them lies', async () => {
  const content = Uint8Array.from({ length: 24 }, (_, i) => i)
  const message = new Uint8Array(content.length + 3)
  message.set(content, 3)
  const context = {
    key: 'read:0',
    index: 0,
    scratch: () => '',
    ask: () =>
      Promise.resolve({ shards: Float64Array.of(0, 5, 1, 8, 16, 2), bytes: message.subarray(3), path: undefined, next: -1 }),
  }
  const sealed = {
    run: 1,
    transfers: new Int32Array(),
    owners: new Int32Array(),
    addresses: new Map<number, string>(),
    once: true,
  }
  const found: { count: number; bytes: number[] }[] = []
  for await (const { count, bytes } of movers.code.readShards(context, sealed, 0)) {
    assert.equal(bytes.byteOffset % 8, 0)
    found.push({ count, bytes: Array.from(bytes) })
  }
  assert.deepEqual(found, [
    { count: 1, bytes: [0, 1, 2, 3, 4] },
    { count: 2, bytes: Array.from(content.subarray(8)) },
  ])
})

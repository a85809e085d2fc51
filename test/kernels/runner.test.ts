import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { ArgumentError } from '../../src/base/index.js'
import {
  type Block,
  type DType,
  KernelRunner,
  ProgramBuilder,
  broadcastShapes,
  contiguousBlock,
  contiguousStrides,
  itemSize,
  reductionTypes,
} from '../../src/kernels/index.js'
import { Arena } from '../../src/memory/index.js'

const arena = new Arena({ limit: 2 ** 26, poison: true })
const runner = new KernelRunner(arena.memory.memory, { wide: arena.memory.wide })

function block(dtype: DType, shape: readonly number[]): Block {
  return contiguousBlock(arena.allocate(shape.reduce((n, m) => n * m, itemSize(dtype))), dtype, shape)
}

function floats(values: readonly number[], shape: readonly number[] = [values.length]): Block {
  const b = block('float64', shape)
  new Float64Array(arena.buffer, b.address, values.length).set(values)
  return b
}

const read = (b: Block, n: number): number[] => [...new Float64Array(arena.buffer, b.address, n)]

test('sum, mean and spread of one array in one pass, and results in ordinary arrays', () => {
  const values = Array.from({ length: 600 }, (_, i) => (i * 37) % 101)
  const x = floats(values, [20, 30])
  const p = new ProgramBuilder()
  const input = p.input('float64')
  p.reduce('sum', input)
  p.reduce('moments', input)
  p.reduce('argmax', input)
  const outputs = (['float64', 'float64', 'float64', 'float64', 'int64'] as const).map((d) => block(d, [30]))
  const blocks = arena.statistics().blocks
  runner.reduce(p.build(), [x], [20, 30], [0], outputs, arena)
  const columns = Array.from({ length: 30 }, (_, c) => Array.from({ length: 20 }, (_, r) => values[r * 30 + c]!))
  const sums = columns.map((c) => c.reduce((a, b) => a + b, 0))
  assert.deepEqual(read(outputs[0]!, 30), sums)
  assert.deepEqual(read(outputs[1]!, 30), new Array(30).fill(20))
  for (const [i, column] of columns.entries()) {
    const spread = column.reduce((s, v) => s + (v - sums[i]! / 20) ** 2, 0)
    assert.ok(Math.abs(read(outputs[2]!, 30)[i]! - sums[i]! / 20) < 1e-12)
    assert.ok(Math.abs(read(outputs[3]!, 30)[i]! - spread) < 1e-9 * spread)
    assert.equal(new BigInt64Array(arena.buffer, outputs[4]!.address, 30)[i], BigInt(column.indexOf(Math.max(...column))))
  }
  assert.equal(arena.statistics().blocks, blocks, 'what was needed meanwhile is given back')
})

test('sums of nothing, of negative zeros and of infinities', () => {
  const p = new ProgramBuilder()
  p.reduce('sum', p.input('float64'))
  const program = p.build()
  const out = block('float64', [])
  for (const [values, expected] of [
    [[], 0],
    [[-0, -0], -0],
    [[-0, 0], 0],
    [[1, Infinity, 2], Infinity],
    [[Infinity, -Infinity], NaN],
    [[1e308, 1e308, -1e308], Infinity],
    [[1, 1e100, 1, -1e100], 2],
  ] as [number[], number][]) {
    // Each value in a leaf of its own, so that the sum is compensated.
    const rows = floats(
      values.flatMap((v) => [v, ...new Array<number>(1023).fill(-0)]),
      [values.length * 1024],
    )
    runner.reduce(program, [rows], [values.length * 1024], [0], [out], arena)
    assert.deepEqual(read(out, 1), [expected], String(values))
  }
})

test('the sum of complex numbers, and their product with real ones', () => {
  const x = block('complex128', [5])
  new Float64Array(arena.buffer, x.address, 10).set([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
  const p = new ProgramBuilder()
  p.reduce('sum', p.apply('multiply', p.input('complex128'), p.cast(p.scalar('float64'), 'complex128')))
  const out = block('complex128', [])
  runner.reduce(p.build(), [x], [5], [0], [out], arena, [2])
  assert.deepEqual(read(out, 2), [50, 60])
})

test('a program may be thousands of operations long', () => {
  const p = new ProgramBuilder()
  let node = p.input('float64')
  for (let i = 0; i < 6000; i++) node = p.apply(i % 2 === 0 ? 'add' : 'subtract', node, p.constant(i, 'float64'))
  p.map(p.apply('where', p.apply('greater', node, p.constant(0, 'float64')), node, p.constant(-1, 'float64')))
  const [x, out] = [floats([1, 5000]), block('float64', [2])]
  runner.map(p.build(), [x], [out])
  // Each pair takes off one.
  assert.deepEqual(read(out, 2), [-1, 2000])
})

test('an output may be an input', () => {
  const x = floats([1, 2, 3, 4, 5])
  const p = new ProgramBuilder()
  const input = p.input('float64')
  p.map(p.apply('multiply', input, input))
  runner.map(p.build(), [x], [x])
  assert.deepEqual(read(x, 5), [1, 4, 9, 16, 25])
})

test('another thread runs compiled kernels on the same memory', async () => {
  const x = floats([1, 2, 3, 4, 5])
  const out = block('float64', [5])
  const p = new ProgramBuilder()
  p.map(p.apply('add', p.input('float64'), p.scalar('float64')))
  const program = p.build()
  const shape = { kind: 'map', access: ['side', 'side'] } as const
  const module = runner.cache.module(program, shape)
  const code = `import { parentPort, workerData } from 'node:worker_threads'
    import { KernelRunner } from ${JSON.stringify(new URL('../../src/kernels/index.js', import.meta.url).href)}
    const { memory, wide, program, shape, module, x, out } = workerData
    const runner = new KernelRunner(memory, { wide })
    runner.cache.adopt(program, shape, module)
    runner.map(program, [x], [out], [10])
    parentPort.postMessage(runner.cache.module(program, shape) === module)`
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`), {
    workerData: { ...arena.memory, program, shape, module, x, out },
  })
  try {
    const [adopted] = (await once(worker, 'message')) as [boolean]
    assert.ok(adopted)
    assert.deepEqual(read(out, 5), [11, 12, 13, 14, 15])
  } finally {
    await worker.terminate()
  }
})

test('what does not fit is an error that names both sides', () => {
  const message = (run: () => unknown, pattern: RegExp): void =>
    assert.throws(run, (e: Error) => e instanceof ArgumentError && pattern.test(e.message))
  message(() => broadcastShapes([3, 4], [2, 4]), /\[3, 4\] and \[2, 4\].*axis -2 is 3 in one and 2/)
  assert.deepEqual(broadcastShapes([3, 1], [4], []), [3, 4])
  assert.deepEqual(contiguousStrides([2, 3], 'int16'), [6, 2])
  const p = new ProgramBuilder()
  const [a, b] = [p.input('float64'), p.input('int32')]
  message(() => p.apply('add', a, b), /add of float64, int32: convert/)
  message(() => p.apply('invert', a), /invert is not defined for float64/)
  message(() => p.constant(300, 'uint8'), /300 is not a number of uint8/)
  message(() => p.build(), /without a result/)
  p.map(a)
  message(
    () => runner.map(p.build(), [], [block('float64', [1])]),
    /arrays of float64, int32, float64 was given arrays of float64/,
  )
  const least = new ProgramBuilder()
  least.reduce('min', least.input('float64'))
  message(
    () => runner.reduce(least.build(), [block('float64', [0])], [0], [0], [block('float64', [])], arena),
    /min of no values/,
  )
  message(() => reductionTypes('min', 'complex64'), /min of complex64 is not defined/)
})

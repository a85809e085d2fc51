import { type Block, KernelRunner, type NodeId, ProgramBuilder, contiguousBlock } from '../src/kernels/index.js'
import { Arena } from '../src/memory/index.js'
import type { Benchmark, Measurement } from './benchmark.js'

type Build = (p: ProgramBuilder, a: NodeId, b: NodeId) => NodeId

const chain: Build = (p, a, b) =>
  p.apply('subtract', p.apply('multiply', p.apply('add', a, b), p.constant(2, 'float64')), p.apply('divide', a, b))

/** What is measured: each writes an array, or sums it. `loop` is the same in JavaScript. */
const cases: readonly {
  readonly what: string
  readonly build: Build
  readonly sum?: boolean
  readonly bytes: number
  readonly loop: (a: Float64Array, b: Float64Array, out: Float64Array) => unknown
}[] = [
  {
    what: 'a + b',
    build: (p, a, b) => p.apply('add', a, b),
    bytes: 24,
    loop: (a, b, out) => {
      for (let i = 0; i < out.length; i++) out[i] = a[i]! + b[i]!
    },
  },
  {
    what: '(a + b) * 2 - a / b',
    build: chain,
    bytes: 24,
    loop: (a, b, out) => {
      for (let i = 0; i < out.length; i++) out[i] = (a[i]! + b[i]!) * 2 - a[i]! / b[i]!
    },
  },
  {
    what: '((a + b) * 2 - a / b).sum()',
    build: chain,
    sum: true,
    bytes: 16,
    loop: (a, b) => {
      let sum = 0
      for (let i = 0; i < a.length; i++) sum += (a[i]! + b[i]!) * 2 - a[i]! / b[i]!
      return sum
    },
  },
  {
    what: 'exp(a) * sin(b)',
    build: (p, a, b) => p.apply('multiply', p.apply('exp', a), p.apply('sin', b)),
    bytes: 24,
    loop: (a, b, out) => {
      for (let i = 0; i < out.length; i++) out[i] = Math.exp(a[i]!) * Math.sin(b[i]!)
    },
  },
]

export const benchmark: Benchmark = {
  name: 'kernels',
  title: 'elementwise expressions and sums of float64, one thread',
  async run({ quick }) {
    const n = quick ? 2 ** 18 : 2 ** 22
    const arena = new Arena({ limit: 6 * n * 8 + 2 ** 20 })
    const runner = new KernelRunner(arena.memory.memory, { wide: arena.memory.wide })
    const blocks = [0, 1, 2].map(() => contiguousBlock(arena.allocate(n * 8), 'float64', [n])) as [Block, Block, Block]
    const one = contiguousBlock(arena.allocate(8), 'float64', [])
    const [a, b, out] = blocks.map((block) => new Float64Array(arena.buffer, block.address, n)) as [
      Float64Array,
      Float64Array,
      Float64Array,
    ]
    for (let i = 0; i < n; i++) {
      a[i] = (i % 1000) / 250
      b[i] = (i % 777) / 77 + 0.1
    }
    const turns = quick ? 5 : 15
    const perByte = fastest(turns, () => out.set(a)) / n / 16
    const measurements: Measurement[] = []
    for (const { what, build, sum, bytes, loop } of cases) {
      const p = new ProgramBuilder()
      const node = build(p, p.input('float64'), p.input('float64'))
      if (sum) p.reduce('sum', node)
      else p.map(node)
      const program = p.build()
      const ours = fastest(turns, () => {
        if (sum) runner.reduce(program, [blocks[0], blocks[1]], [n], [0], [one], arena)
        else runner.map(program, [blocks[0], blocks[1]], [blocks[2]])
      })
      const javascript = fastest(turns, () => loop(a, b, out))
      measurements.push({
        what,
        unit: 'ns/element',
        ours: ours / n,
        peers: [{ name: 'a loop in JavaScript', figure: javascript / n }],
        limit: { figure: perByte * bytes, what: 'the bytes at the speed of copying an array' },
      })
      // The process lives on between the cases.
      await new Promise((resolve) => setImmediate(resolve))
    }
    return { measurements, notes: [`Arrays of ${n} elements in shared memory; the fastest of ${turns} turns after warming up.`] }
  },
}

/** Nanoseconds: others use this machine's memory too, and the fastest turn is the one they disturbed least. */
function fastest(turns: number, run: () => unknown): number {
  for (let i = 0; i < 3; i++) run()
  let best = Infinity
  for (let i = 0; i < turns; i++) {
    const from = performance.now()
    run()
    best = Math.min(best, performance.now() - from)
  }
  return best * 1e6
}

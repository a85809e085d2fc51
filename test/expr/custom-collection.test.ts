// The public protocol: a collection that Heddle does not know, made of the exported classes only.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Expression, LazyCollection, type LowerContext, type Pass, compute, delayed } from 'heddle'

/** Integers from 0 to n, in partitions. */
class Numbers extends Expression {
  readonly label = 'numbers'
  readonly n: number
  readonly size: number

  constructor(n: number, size: number) {
    super([])
    this.n = n
    this.size = size
  }

  identity() {
    return `${this.n} ${this.size}`
  }

  lower(context: LowerContext) {
    const layer = context.layer({ run: range, shared: { n: this.n, size: this.size } })
    return Array.from({ length: this.size }, (_, i) => layer.task([], i))
  }

  withInputs() {
    return this
  }
}

/** A function over the items of each partition. */
class Mapped extends Expression {
  readonly label = 'mapped'
  readonly fns: readonly ((x: number) => number)[]

  constructor(input: Expression, fns: readonly ((x: number) => number)[]) {
    super([input])
    this.fns = fns
  }

  get size() {
    return this.inputs[0]!.size
  }

  identity(context: LowerContext) {
    return this.fns.map((fn) => context.hash(fn)).join()
  }

  lower(context: LowerContext, [parts]: readonly ArrayLike<number>[]) {
    const layer = context.layer({ run: applyAll, shared: { fns: this.fns }, source: this.fns[0] })
    return Array.from(parts!, (part) => layer.task([part]))
  }

  withInputs([input]: readonly Expression[]) {
    return new Mapped(input!, this.fns)
  }
}

function range(_inputs: readonly unknown[], part: number, { n, size }: { n: number; size: number }): number[] {
  const from = Math.floor((part * n) / size)
  return Array.from({ length: Math.floor(((part + 1) * n) / size) - from }, (_, i) => from + i)
}

function applyAll([part]: readonly unknown[], _own: never, { fns }: { fns: readonly ((x: number) => number)[] }): number[] {
  return (part as number[]).map((x) => fns.reduce((y, fn) => fn(y), x))
}

function concatenate(parts: readonly unknown[]): number[] {
  return (parts as number[][]).flat()
}

const fuseMaps: Pass = {
  name: 'fuse maps',
  apply: (roots) =>
    roots.map((root) => {
      const input = root.inputs[0]
      return root instanceof Mapped && input instanceof Mapped ? new Mapped(input.inputs[0]!, [...input.fns, ...root.fns]) : root
    }),
}

class Integers extends LazyCollection<number[]> {
  readonly expression: Expression

  constructor(expression: Expression) {
    super()
    this.expression = expression
  }

  static upTo(n: number, partitions: number) {
    return new Integers(new Numbers(n, partitions))
  }

  map(fn: (x: number) => number) {
    return new Integers(new Mapped(this.expression, [fn]))
  }

  override get passes() {
    return [fuseMaps]
  }

  override get gathering() {
    return concatenate
  }

  finalize(parts: unknown[]) {
    return concatenate(parts)
  }

  rebuild(expression: Expression) {
    return new Integers(expression) as this
  }
}

const expected = (n: number) => Array.from({ length: n }, (_, i) => i * 2 + 1)

for (const executor of ['inline', 'threads', 'processes'] as const) {
  test(`it computes on ${executor}`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(100), fc.integer({ min: 1, max: 10 }), async (n, partitions) => {
        const xs = Integers.upTo(n, partitions)
          .map((x) => x * 2)
          .map((x) => x + 1)
        assert.deepEqual(await xs.compute({ executor }), expected(n))
        assert.deepEqual(await xs.compute({ executor, optimize: false }), expected(n))
      }),
      { numRuns: executor === 'inline' ? 30 : 10 },
    )
  })

  test(`it persists on ${executor}, mixes with delayed, and is captured`, async () => {
    const xs = Integers.upTo(20, 3)
      .map((x) => x * 2)
      .persist({ executor })
    assert.deepEqual(await xs.map((x) => x + 1).compute({ executor }), expected(20))
    const total = delayed((numbers: number[], factor: number) => numbers.reduce((a, b) => a + b, 0) * factor)
    assert.equal(await total(xs, 10).compute({ executor }), 3800)
    const captured = delayed(async () => (await xs.compute()).length)
    assert.equal(await captured().compute({ executor }), 20)
    const [a, b] = await compute(xs, delayed(() => 'text')(), { executor })
    assert.equal(a.length, 20)
    assert.equal(b, 'text')
  })
}

test('equal expressions are lowered once', async () => {
  const double = (x: number) => x * 2
  const a = Integers.upTo(10, 2).map(double)
  const b = Integers.upTo(10, 2).map(double)
  const graph = await compute(a, b)
  assert.deepEqual(graph[0], graph[1])
  const together = delayed((x: number[], y: number[]) => x.length + y.length)(a, b)
  // numbers: 2, mapped: 2, gather: 1, and the call
  assert.match(together.explain(), /6 tasks/)
})

test('explain shows the expression, what the passes make of it, and the graph', () => {
  const text = Integers.upTo(10, 2)
    .map((x) => x * 2)
    .map((x) => x + 1)
    .explain()
  const [before, after, graph] = text.split('\n\n')
  assert.equal(before, 'expression\n  mapped\n    mapped\n      numbers')
  assert.equal(after, 'after fuse maps\n  mapped\n    numbers')
  assert.match(graph!, /^graph\n.*4 tasks/)
})

test('visualize draws every task', async () => {
  const svg = await Integers.upTo(10, 4)
    .map((x) => x * 2)
    .visualize()
  assert.match(svg, /^<\?xml|^<svg/)
  assert.equal([...svg.matchAll(/<g id="[^"]*" class="node">/g)].length, 8)
})

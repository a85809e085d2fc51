import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as da from '../../src/array/index.js'
import { ArgumentError } from '../../src/base/index.js'
import { config } from '../../src/config/index.js'
import { SeedSequence, RandomStream } from '../../src/native/index.js'

const inline = <T>(run: () => Promise<T>): Promise<T> => config.with({ executor: 'inline' }, run)

test('each chunk of each call has the stream of NumPy with its spawn key', () =>
  inline(async () => {
    const rng = da.random.defaultRng(42)
    rng.random({ size: 3 })
    const x = await rng.normal({ loc: 2, scale: 3, size: [5, 4], chunks: [3, 4] }).compute()
    const expected = [12, 8].map((n, k) => {
      const part = new Float64Array(n)
      // The stream itself is compared with NumPy's in test/native.
      new RandomStream('pcg64', new SeedSequence(42, [1, k])).fillContinuous('normal', [2, 3], part)
      return [...part]
    })
    assert.deepEqual([...x.data], expected.flat())
  }))

test('the same seed gives the same numbers, on one thread and on several', async () => {
  const make = (seed: number): da.ChunkedArray => {
    const rng = da.random.defaultRng(seed)
    return da.concatenate([rng.standardNormal({ size: 1000, chunks: 100 }), rng.gamma({ shape: 2, size: 500, chunks: 60 })])
  }
  const one = await config.with({ executor: 'inline' }, () => make(7).compute())
  const two = await config.with({ executor: 'threads', threads: 2 }, () => make(7).compute())
  assert.deepEqual(one.data, two.data)
  const other = await inline(() => make(8).compute())
  assert.notDeepEqual(one.data, other.data)
})

test('a generator gives other numbers with every call, and an array its own whenever it is computed', () =>
  inline(async () => {
    const rng = da.random.defaultRng(1)
    const [a, b] = [rng.random({ size: 50 }), rng.random({ size: 50 })]
    assert.notDeepEqual((await a.compute()).data, (await b.compute()).data)
    assert.deepEqual((await a.compute()).data, (await a.compute()).data)
    assert.equal((await a.subtract(a).abs().sum().compute()).item(), 0)
    const free = da.random.random({ size: 5 })
    assert.deepEqual((await free.compute()).data, (await free.compute()).data)
  }))

const draws: Readonly<Record<string, (g: da.random.Generator) => da.AnyArray>> = {
  beta: (g) => g.beta({ a: 2, b: 3, size: [10, 7], chunks: 4 }),
  binomial: (g) => g.binomial({ n: 10, p: 0.3, size: 9 }),
  chisquare: (g) => g.chisquare({ df: 3, size: 9 }),
  exponential: (g) => g.exponential({ scale: 2, size: 9 }),
  f: (g) => g.f({ dfnum: 3, dfden: 4, size: 9 }),
  gamma: (g) => g.gamma({ shape: 2, scale: 2, size: 9 }),
  geometric: (g) => g.geometric({ p: 0.2, size: 9 }),
  gumbel: (g) => g.gumbel({ size: 9 }),
  hypergeometric: (g) => g.hypergeometric({ ngood: 10, nbad: 5, nsample: 4, size: 9 }),
  laplace: (g) => g.laplace({ size: 9 }),
  logistic: (g) => g.logistic({ size: 9 }),
  lognormal: (g) => g.lognormal({ size: 9 }),
  logseries: (g) => g.logseries({ p: 0.5, size: 9 }),
  multinomial: (g) => g.multinomial({ n: 20, pvals: [0.2, 0.8], size: [4, 3], chunks: 2 }),
  negativeBinomial: (g) => g.negativeBinomial({ n: 3, p: 0.5, size: 9 }),
  noncentralChisquare: (g) => g.noncentralChisquare({ df: 3, nonc: 1, size: 9 }),
  noncentralF: (g) => g.noncentralF({ dfnum: 3, dfden: 4, nonc: 1, size: 9 }),
  pareto: (g) => g.pareto({ a: 3, size: 9 }),
  poisson: (g) => g.poisson({ lam: 3, size: 9 }),
  power: (g) => g.power({ a: 3, size: 9 }),
  randint: (g) => g.randint({ low: 3, high: 9, size: 9 }),
  randomIntegers: (g) => g.randomIntegers({ high: 9, size: 9 }),
  randomSample: (g) => g.randomSample({ size: 9 }),
  rayleigh: (g) => g.rayleigh({ size: 9 }),
  standardCauchy: (g) => g.standardCauchy({ size: 9 }),
  standardExponential: (g) => g.standardExponential({ size: 9, method: 'inv' }),
  standardGamma: (g) => g.standardGamma({ shape: 2, size: 9 }),
  standardNormal: (g) => g.standardNormal({ size: 9, dtype: 'float32' }),
  standardT: (g) => g.standardT({ df: 3, size: 9 }),
  triangular: (g) => g.triangular({ left: 0, mode: 1, right: 2, size: 9 }),
  uniform: (g) => g.uniform({ low: 2, high: 3, size: 9 }),
  vonmises: (g) => g.vonmises({ mu: 0, kappa: 2, size: 9 }),
  wald: (g) => g.wald({ mean: 1, scale: 2, size: 9 }),
  weibull: (g) => g.weibull({ a: 2, size: 9 }),
  zipf: (g) => g.zipf({ a: 2, size: 9 }),
}

test('every distribution can be drawn, with the shape and the type that it says', () =>
  inline(async () => {
    for (const [name, draw] of Object.entries(draws)) {
      const x = da.asarray(draw(da.random.defaultRng(3)))
      const got = await x.compute()
      assert.deepEqual([got.shape, got.dtype], [x.shape, x.dtype], name)
      assert.ok(
        [...got.values()].every((v) => Number.isFinite(Number(v))),
        name,
      )
    }
  }))

test('parameters that are arrays are stretched to the shape', () =>
  inline(async () => {
    const rng = da.random.defaultRng(3)
    const loc = da.fromArray([[0], [1000], [2000]], { chunks: 2 })
    const x = await rng.normal({ loc, scale: da.fromArray([1, 2, 3, 4], { chunks: 3 }), chunks: 2 }).compute()
    assert.deepEqual(x.shape, [3, 4])
    for (let i = 0; i < 12; i++) assert.ok(Math.abs(x.data[i]! - 1000 * Math.floor(i / 4)) < 40)
    const counts = await rng.poisson({ lam: [0, 0, 5], size: [2, 3] }).compute()
    assert.deepEqual([counts.get(0, 0), counts.get(1, 1)], [0n, 0n])
    await assert.rejects(rng.normal({ scale: [1, -1] }).compute(), /scale is -1/)
  }))

test('choices and permutations', () =>
  inline(async () => {
    const rng = da.random.defaultRng(5)
    const sorted = (x: da.NdArray): number[] => Array.from(x.values(), Number).sort((a, b) => a - b)
    const all = Array.from({ length: 20 }, (_, i) => i)
    assert.deepEqual(sorted(await rng.permutation(20, { chunks: 6 }).compute()), all)
    assert.deepEqual(sorted(await rng.permutation(da.arange(20, { chunks: 7 })).compute()), all)
    const few = await rng.choice(20, { size: 8, replace: false, chunks: 3 }).compute()
    assert.equal(new Set(few.values()).size, 8)
    const letters = await rng.choice(da.fromArray([10, 20, 30], { chunks: 2 }), { size: [4, 5], chunks: 2 }).compute()
    assert.deepEqual(letters.shape, [4, 5])
    assert.ok([...letters.values()].every((v) => [10, 20, 30].includes(Number(v))))
    const weighted = await rng.choice(3, { size: 200, p: [0, 0.5, 0.5] }).compute()
    assert.deepEqual([...new Set(weighted.values())].sort(), [1n, 2n])
    const rows = await rng
      .permutation(
        da.fromArray(
          [
            [1, 2],
            [3, 4],
            [5, 6],
          ],
          { chunks: 1 },
        ),
      )
      .compute()
    assert.deepEqual(sorted(rows), [1, 2, 3, 4, 5, 6])
    for (let i = 0; i < 3; i++) assert.equal(Number(rows.get(i, 1)), Number(rows.get(i, 0)) + 1)
  }))

test('what cannot be drawn is an error at once', () => {
  const rng = da.random.defaultRng(1)
  assert.throws(() => rng.normal({ scale: -1 }), /scale is -1/)
  assert.throws(() => rng.integers({ low: 5, high: 5 }), ArgumentError)
  assert.throws(() => rng.integers({ high: 2.5 }), /whole numbers/)
  assert.throws(() => rng.choice(3, { size: 5, replace: false }), /without replacement/)
  assert.throws(() => rng.choice(2, { p: [0.5, 0.6] }), /add up to/)
  assert.throws(() => rng.multinomial({ n: 3, pvals: [0.9, 0.9, 0.1] }), /pvals/)
  assert.throws(() => da.random.defaultRng(-3), ArgumentError)
  assert.throws(() => rng.beta({ a: 1 } as never), /parameter b is missing/)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ArgumentError } from '../../src/base/index.js'
import { RandomStream, SeedSequence, checkParameters } from '../../src/native/index.js'
import type { Continuous, Discrete } from '../../src/native/index.js'
import { fixtures, numbers, plain, room } from './fixture.js'

test('seeds are mixed as NumPy mixes them', () => {
  for (const { seed, key, words } of fixtures.seeding) {
    const sequence = new SeedSequence(typeof seed === 'string' ? BigInt(seed) : seed.map(BigInt), key)
    assert.deepEqual(sequence.words(10), numbers(words, 'uint32'))
  }
  const parent = new SeedSequence(5)
  assert.deepEqual(
    parent.spawn(2).map((s) => s.spawnKey),
    [[0], [1]],
  )
  assert.deepEqual(parent.spawn(1)[0]!.words(4), new SeedSequence(5, [2]).words(4))
  assert.deepEqual(parent.spawn(1)[0]!.spawn(2)[1]!.words(4), new SeedSequence(5, [3, 1]).words(4))
  assert.throws(() => new SeedSequence(-1), ArgumentError)
  assert.throws(() => new SeedSequence(0.5), ArgumentError)
})

test('bits and standard numbers are those of NumPy', () => {
  for (const f of fixtures.streams) {
    const fresh = (): RandomStream => new RandomStream(f.generator, new SeedSequence(BigInt(f.seed), [5]))
    const words = new BigUint64Array(200)
    fresh().fillWords(words)
    assert.deepEqual(words, numbers(f.words!, 'uint64'), f.generator)
    const jumped = new BigUint64Array(50)
    fresh().jumped(3).fillWords(jumped)
    assert.deepEqual(jumped, numbers(f.jumped!, 'uint64'), `${f.generator}, jumped`)
    for (const name of ['uniform', 'normal', 'exponential', 'exponentialByInversion'] as const) {
      const expected = numbers(f[name]!, 'float64')
      const got = new Float64Array(expected.length)
      fresh().fillStandard(name, got)
      assertClose(got, expected, name === 'uniform' ? 0 : 4e-16, `${f.generator} ${name}`)
      if (name === 'exponentialByInversion') continue
      const expected32 = numbers(f[`${name}32`]!, 'float32')
      const got32 = new Float32Array(expected32.length)
      fresh().fillStandard(name, got32)
      assertClose(got32, expected32, name === 'uniform' ? 0 : 2e-7, `${f.generator} ${name} of 32 bits`)
    }
    const order = BigInt64Array.from({ length: 200 }, (_, i) => BigInt(i))
    fresh().shuffle(order)
    assert.deepEqual(order, numbers(f.permutation!, 'int64'))
    const mixed = fresh()
    const [a, b, c, d] = [new Float32Array(3), new Float64Array(3), new Uint8Array(5), new Float32Array(2)]
    mixed.fillStandard('uniform', a)
    mixed.fillStandard('uniform', b)
    mixed.fillIntegers(0n, 99n, 'uint8', c)
    mixed.fillStandard('uniform', d)
    const texts = f.mixed as unknown as string[]
    assert.deepEqual(
      [a, b, c, d],
      [numbers(texts[0]!, 'float32'), numbers(texts[1]!, 'float64'), numbers(texts[2]!, 'uint8'), numbers(texts[3]!, 'float32')],
    )
  }
})

test('many normal numbers are those of NumPy, to the last', () => {
  for (const { count, ...texts } of fixtures.longNormals) {
    const stream = new RandomStream('pcg64', new SeedSequence(3n))
    const all = new Float64Array(count)
    const some = (): Float64Array => all.filter((_, i) => i % 97 === 0)
    stream.fillStandard('normal', all)
    assertClose(some(), numbers(texts.standard, 'float64'), 4e-16, `${count} standard normal`)
    stream.fillContinuous('normal', [3, 0.5], all)
    assertClose(some(), numbers(texts.normal, 'float64'), 4e-16, `${count} normal`)
    const next = new BigUint64Array(3)
    stream.fillWords(next)
    assert.deepEqual(next, numbers(texts.next, 'uint64'))
  }
})

test('whole numbers are those of NumPy, for every type and range', () => {
  for (const { dtype, low, high, values } of fixtures.integers) {
    const expected = numbers(values, dtype)
    const got = room(dtype, expected.length)
    new RandomStream('pcg64', new SeedSequence(99)).fillIntegers(BigInt(low), BigInt(high), dtype, got)
    assert.deepEqual(plain(got), plain(expected), `${dtype} from ${low} to ${high}`)
  }
  const stream = new RandomStream('pcg64', new SeedSequence(1))
  assert.throws(() => stream.fillIntegers(3n, 2n, 'int32', new Int32Array(1)), /there are none/)
  assert.throws(() => stream.fillIntegers(0n, 256n, 'uint8', new Uint8Array(1)), /holds 0 to 255/)
})

test('distributions are those of NumPy', () => {
  for (const { kind, name, parameters, values } of fixtures.distributions) {
    const stream = new RandomStream('pcg64', new SeedSequence(123))
    const given = parameters.map(Number)
    checkParameters(name as Continuous, given)
    const label = `${name}(${given.join(', ')})`
    if (kind === 'discrete') {
      const got = new BigInt64Array(300)
      stream.fillDiscrete(name as Discrete, given, got)
      // Beyond 2 ** 53 whole numbers come from floats, and so from `pow`.
      assertClose(Float64Array.from(got, Number), Float64Array.from(numbers(values, 'int64'), Number), 1e-12, label)
      continue
    }
    const got = new Float64Array(300)
    stream.fillContinuous(name as Continuous, given, got)
    assertClose(got, numbers(values, 'float64'), 1e-12, label)
    // A parameter for each number gives the same.
    const again = new Float64Array(300)
    const each = given.map((p) => new Float64Array(300).fill(p))
    new RandomStream('pcg64', new SeedSequence(123)).fillContinuous(name as Continuous, each, again)
    assert.deepEqual(again, got, label)
  }
  const counts = new BigInt64Array(200)
  const chances = Float64Array.of(0.2, 0.3, 0.4, 0.1)
  new RandomStream('pcg64', new SeedSequence(5)).fillMultinomial(1000n, chances, counts)
  assert.deepEqual(counts, numbers(fixtures.multinomial, 'int64'))
})

test('parameters that no distribution has are errors that name them', () => {
  assert.throws(() => checkParameters('normal', [0, -1]), /normal: scale is -1, expected 0 or more/)
  assert.throws(() => checkParameters('binomial', [10, 1.5]), /binomial: p is 1.5/)
  assert.throws(() => checkParameters('triangular', [1, 0, 2]), /ascend/)
  assert.throws(() => checkParameters('hypergeometric', [1, 2, 4]), /at most all/)
})

function assertClose(
  got: Float64Array | Float32Array,
  expected: Float64Array | Float32Array,
  tolerance: number,
  label: string,
): void {
  for (let i = 0; i < expected.length; i++) {
    const [x, y] = [got[i]!, expected[i]!]
    assert.ok(Object.is(x, y) || Math.abs(x - y) <= tolerance * Math.abs(y), `${label}: number ${i} is ${x}, expected ${y}`)
  }
}

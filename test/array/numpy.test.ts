// Whole arrays against NumPy (test/oracle/arrays.py), in chunks of several sizes.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { compute } from 'heddle'
import * as da from 'heddle/array'
import { assertClose, cases, inputs, texts } from './fixtures.js'
import { programs } from './programs.js'

test('there is a program for each case, and a case for each program', () => {
  assert.deepEqual(Object.keys(programs).sort(), Object.keys(cases).sort())
})

for (const [name, chunks] of Object.entries({ 'one chunk': -1, 'chunks of 4': 4, 'chunks of 1 or 3': 3 })) {
  describe(`as NumPy, in ${name}`, () => {
    for (const [program, run] of Object.entries(programs)) {
      test(program, async () => {
        const x = Object.fromEntries(
          Object.entries(inputs).map(([key, array]) => {
            const perAxis = array.shape.map((_, axis) => (chunks === 3 && axis === 1 ? 1 : chunks))
            return [key, da.fromArray(array, { chunks: perAxis })]
          }),
        )
        assertClose(await run(x).compute({ executor: 'inline' }), cases[program]!, program, 64)
      })
    }
  })
}

test('arrays are printed as NumPy prints them', async () => {
  const local = (x: da.ChunkedArray): Promise<da.NdArray> => x.compute({ executor: 'inline' })
  const more: Record<string, da.NdArray> = {
    small: await local(da.fromArray([1e-10, 1, 1e10])),
    long: await local(da.arange(2000)),
    longRows: await local(da.arange(5000).astype('float64').reshape([100, 50])),
    halves: await local(da.fromArray([0.5, -0.25, 3])),
    infinite: await local(da.fromArray([Infinity, -Infinity, Number.NaN, 1.5])),
    whole: await local(da.fromArray(Float64Array.of(1, 2, 300))),
    tiny: await local(da.fromArray([0.00001, 0.1])),
    float32: await local(da.fromArray(Float32Array.of(0.1, 1 / 3))),
    true: await local(da.fromArray(true)),
    scalar: await local(da.fromArray(new da.NdArray('float64', [], Float64Array.of(502_500_000)))),
    empty: await local(da.zeros(0)),
  }
  for (const [name, text] of Object.entries(texts)) assert.equal(String(inputs[name] ?? more[name]), text, name)
})

test('several arrays are computed together', async () => {
  const x = da.fromArray(inputs['f']!, { chunks: 4 })
  const { mean, std } = await compute({ mean: x.mean(), std: x.std() }, { executor: 'inline' })
  assert.ok(mean instanceof da.NdArray && std instanceof da.NdArray)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Block, KernelRunner, contiguousBlock, itemSize, reductionTypes } from '../../src/kernels/index.js'
import { type Value, memories, places, readBlock, realDtypes, writeBlock } from './numbers.js'
import { anyLayout, anyNodes, anyShape, layOut, programOf, valueOf } from './random-programs.js'
import { evaluate } from './reference.js'

for (const { memory, wide } of memories) {
  test(`several reductions of any program on several arrays (${wide ? 64 : 32}-bit addresses)`, () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...realDtypes), { minLength: 2, maxLength: 3 }),
        anyNodes,
        anyShape.filter((s) => !s.includes(0)),
        fc.array(anyLayout, { minLength: 3, maxLength: 3 }),
        fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }),
        fc.nat(2 ** 31 - 1),
        (inputs, nodes, shape, layouts, reduce, seed) => {
          const program = programOf(inputs, nodes, (p, made) => {
            const [a, b, c] = [made.at(-1)!, made.at(-2)!, made[0]!]
            p.reduce('sum', p.cast(a, 'int64'))
            p.reduce('any', p.cast(b, 'bool'))
            p.reduce('max', p.cast(c, 'int16'))
            p.reduce('argmin', p.cast(a, 'float32'))
          })
          const axes = shape.map((_, i) => i).filter((i) => reduce[i])
          const kept = shape.filter((_, i) => !axes.includes(i))
          const count = shape.reduce((n, m) => n * m, 1)
          let at = 64
          const put = (bytes: number): number => {
            const address = at
            at = Math.ceil((at + bytes) / 64) * 64
            return address
          }
          const blocks = inputs.map((dtype, i): Block => {
            const { bytes } = layOut(0, dtype, shape, layouts[i]!, true)
            return layOut(put(bytes), dtype, shape, layouts[i]!, true).block
          })
          const values = blocks.map((b, i) => {
            writeBlock(memory, b, fc.sample(valueOf(inputs[i]!), { numRuns: count, seed: seed + i }))
            return readBlock(memory, b)
          })
          const scalar = fc.sample(valueOf(inputs[0]!), { numRuns: 1, seed: seed + 9 })
          const states = program.reductions.flatMap(({ reduction, node }) =>
            reductionTypes(reduction, program.nodes[node]!.dtype).states.map((dtype) =>
              contiguousBlock(put(itemSize(dtype) * kept.reduce((n, m) => n * m, 1)), dtype, kept),
            ),
          )
          const runner = new KernelRunner(memory, { wide })
          runner.beginStates(program, states)
          runner.accumulate(program, blocks, shape, axes, states, scalar as number[])
          const got = states.map((s) => readBlock(memory, s))

          const elements = [...places(shape)].map((place, k) => ({
            group: place.filter((_, axis) => !axes.includes(axis)).join(),
            of: program.reductions.map(({ node }) =>
              evaluate(
                program,
                node,
                values.map((v) => v[k]!),
                scalar,
              ),
            ),
          }))
          for (const [g, key] of [...places(kept)].map((p) => p.join()).entries()) {
            const own = elements.filter((e) => e.group === key).map((e) => e.of)
            const column = <T extends Value>(i: number): T[] => own.map((o) => o[i] as T)
            const sum = column<bigint>(0).reduce((a, b) => a + b, 0n)
            const floats = column<number>(3)
            const nan = floats.findIndex(Number.isNaN)
            const least = nan >= 0 ? nan : floats.reduce((best, v, i) => (v < floats[best]! ? i : best), 0)
            assert.deepEqual(
              got.map((s) => s[g]),
              [
                BigInt.asIntN(64, sum),
                column<boolean>(1).includes(true) ? 255n : 0n,
                column<bigint>(2).reduce((a, b) => (a > b ? a : b)),
                floats[least],
                BigInt(least),
                BigInt(own.length),
              ],
            )
          }
        },
      ),
      { numRuns: 150 },
    )
  })
}

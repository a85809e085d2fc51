import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Block, KernelRunner, ProgramBuilder, type RealDType, operations } from '../../src/kernels/index.js'
import { type Value, readBlock, realDtypes, memories, writeBlock } from './numbers.js'
import { anyLayout, anyNodes, anyShape, dtypesOf, exactOperations, layOut, programOf, valueOf } from './random-programs.js'
import { evaluate } from './reference.js'

const anyInputs = fc.array(fc.constantFrom(...realDtypes), { minLength: 1, maxLength: 3 })

for (const { memory, wide } of memories) {
  test(`any program on arrays of any shape, layout and stretching gives what the reference gives, and touches nothing else (${wide ? 64 : 32}-bit addresses)`, () => {
    fc.assert(
      fc.property(
        anyInputs,
        anyNodes,
        anyShape,
        fc.array(anyLayout, { minLength: 12, maxLength: 12 }),
        fc.integer({ min: 0, max: 2 ** 31 - 1 }),
        (inputs, nodes, shape, layouts, seed) => {
          const program = programOf(inputs, nodes, (p, made) => made.slice(-3).forEach((n) => p.map(n)))
          let at = 64
          const put = (dtype: RealDType, i: number, stretch: boolean): Block => {
            const { block, bytes } = layOut(at, dtype, shape, layouts[i]!, stretch)
            at = Math.ceil((at + bytes + 40) / 8) * 8
            return block
          }
          const given = inputs.map((d, i) => put(d, i, true))
          new Uint8Array(memory.buffer, 0, at).fill(0)
          const count = shape.reduce((n, m) => n * m, 1)
          const values = given.map((b, i) => {
            const sample = fc.sample(valueOf(inputs[i]!), { numRuns: count, seed: seed + i })
            writeBlock(memory, b, sample)
            return readBlock(memory, b)
          })
          const scalar = fc.sample(valueOf(inputs[0]!), { numRuns: 1, seed: seed + 9 })
          const outputs = program.maps.map((n, i) => put(program.nodes[n]!.dtype as RealDType, 6 + i, false))
          for (const o of outputs) writeBlock(memory, o, new Array<Value>(count).fill(0))
          const before = new Uint8Array(memory.buffer).slice(0, at + 64)
          new KernelRunner(memory, { wide }).map(program, given, outputs, scalar as number[])
          for (const [o, output] of outputs.entries()) {
            const got = readBlock(memory, output)
            const expected = Array.from({ length: count }, (_, k) =>
              evaluate(
                program,
                program.maps[o]!,
                values.map((v) => v[k]!),
                scalar,
              ),
            )
            assert.deepEqual(got, expected)
          }
          for (const o of outputs) writeBlock(memory, o, new Array<Value>(count).fill(0))
          assert.deepEqual(new Uint8Array(memory.buffer).slice(0, at + 64), before)
        },
      ),
      { numRuns: 300 },
    )
  })
}

for (const { memory, wide } of memories) {
  test(`every exact operation of every type, on special values against each other (${wide ? 64 : 32}-bit addresses)`, () => {
    const runner = new KernelRunner(memory, { wide })
    for (const operation of exactOperations) {
      for (const dtype of dtypesOf(operation)) {
        const { operands } = operations[operation]
        const types = Array.from({ length: operands }, (_, i): RealDType => (operation === 'where' && i === 0 ? 'bool' : dtype))
        const p = new ProgramBuilder()
        p.map(p.apply(operation, ...types.map((t) => p.input(t))))
        const program = p.build()
        const count = 1001
        const size = 8 * 1024
        const inputs = types.map((d, i): Block => layOut(size * (i + 1), d, [count], plain, false).block)
        const output = layOut(0, program.nodes[program.maps[0]!]!.dtype as RealDType, [count], plain, false).block
        const values = types.map((d, i) => fc.sample(valueOf(d), { numRuns: count, seed: 100 + i }))
        inputs.forEach((b, i) => writeBlock(memory, b, values[i]!))
        runner.map(program, inputs, [output])
        const expected = values[0]!.map((_, k) =>
          evaluate(
            program,
            program.maps[0]!,
            values.map((v) => v[k]!),
            [],
          ),
        )
        assert.deepEqual(readBlock(memory, output), expected, `${operation} of ${dtype}`)
      }
    }
  })
}

const plain = { order: [2, 1, 0], gaps: [0, 0, 0], flips: [false, false, false], stretched: [false, false, false] }

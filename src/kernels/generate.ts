import { Addresses, Operand } from './access.js'
import { writeArg } from './arg-kernel.js'
import { type KernelShape, blockSize, streamCount } from './block-size.js'
import { BodyWriter } from './body-writer.js'
import { type RealDType, kindOf, widthOf } from './dtype.js'
import type { Kernel } from './kernel.js'
import { laneType, splat } from './lanes.js'
import { writeMap } from './map-kernel.js'
import { ModuleWriter } from './module-writer.js'
import { outputTypes } from './output-types.js'
import type { Program } from './program.js'
import { writeInner, writeOuter } from './reduce-kernels.js'
import type { ValueType } from './wasm-bytes.js'

/** Programs of more nodes may be deeper than the stack. */
const LONG = 500

/**
 * The bytes of the module whose function `run` executes a program on two nested loops: rows, and columns within them. Its
 * parameters: the numbers of rows and of columns; for each output (or state) and each input its address, and its strides
 * in bytes from row to row and from column to column; the scalars.
 */
export function kernelBytes(program: Program, shape: KernelShape): Uint8Array {
  const module = new ModuleWriter(shape.wide)
  const pointer = shape.wide ? ('f64' as const) : ('i32' as const)
  const operandTypes = [...outputTypes(program), ...(program.inputs as readonly RealDType[])]
  const params: ValueType[] = [
    'i32',
    'i32',
    ...operandTypes.flatMap(() => [pointer, pointer, pointer]),
    ...program.scalars.map((s) => laneType(s as RealDType)),
  ]
  module.export('run', { params, results: [] }, (f) => {
    const addresses = new Addresses(f, shape.wide)
    const operands = operandTypes.map((dtype, i) => {
      const at = 2 + i * 3
      return new Operand(f, addresses, dtype, shape.access[i]!, [f.param(at), f.param(at + 1), f.param(at + 2)])
    })
    const outputs = operands.slice(0, operands.length - program.inputs.length)
    const inputs = operands.slice(outputs.length)
    const scalars = program.scalars.map((s, i) => {
      const kind = kindOf(s) === 'float' ? 'float' : 'int'
      return splat(f, widthOf(s as RealDType), kind, f.param(2 + operandTypes.length * 3 + i))
    })
    const block = blockSize(program, shape)
    const kernel: Kernel = {
      f,
      program,
      rows: f.copy('i32', f.param(0)),
      columns: f.param(1),
      outputs,
      inputs,
      block,
      streams: streamCount(program, shape, block),
      body(size, at) {
        const body = new BodyWriter(f, program, size, {
          input: (index) => inputs[index]!.load(size, at?.(inputs[index]!)),
          scalar: (index) => scalars[index]!,
        })
        if (program.nodes.length > LONG) body.writeAll([...program.maps, ...program.reductions.map((r) => r.node)])
        return body
      },
    }
    writers[shape.kind](kernel)
  })
  return module.bytes()
}

const writers = { map: writeMap, inner: writeInner, outer: writeOuter, arg: writeArg }

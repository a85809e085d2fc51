import { type Kernel, forEachRow, whileLeft } from './kernel.js'

/** Computes values, and writes them where the outputs are. */
export function writeMap(kernel: Kernel): void {
  const { f, program, outputs, inputs, block } = kernel
  const operands = [...outputs, ...inputs]
  forEachRow(kernel, operands, () => {
    const left = f.copy('i32', kernel.columns)
    for (const size of block === 1 ? [1] : [block, 1]) {
      whileLeft(f, left, size, () => {
        const body = kernel.body(size)
        // All is read before anything is written: outputs may be inputs.
        const values = program.maps.map((node) => (program.nodes[node]!.dtype === 'bool' ? body.bytes(node) : body.value(node)))
        for (const [i, value] of values.entries()) outputs[i]!.store(size, value)
        for (const o of operands) o.nextBlock(size)
      })
    }
  })
}

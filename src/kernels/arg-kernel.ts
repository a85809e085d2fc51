import type { Operand } from './access.js'
import { type RealDType, isInteger, widthOf } from './dtype.js'
import type { FunctionWriter, Local } from './function-writer.js'
import { type Kernel, forEachRow, whileLeft } from './kernel.js'
import { integerOperation } from './integer-operations.js'
import { floatOperation } from './float-operations.js'
import { lanesOf, shuffle } from './lanes.js'
import type { Operation } from './operation.js'
import { i64x2, loadSplat, storeLane, v128 } from './simd-opcodes.js'

/**
 * Finds the first least (greatest) value of each row; NaN is less and greater than all. A block is looked at value by
 * value only if some lane beats what was found before. States: the value, its place (−1 while there is none), and how many
 * values there were.
 */
export function writeArg(kernel: Kernel): void {
  const { f, program, inputs, outputs, block } = kernel
  const { reduction, node } = program.reductions[0]!
  const dtype = program.nodes[node]!.dtype as RealDType
  const [values, places, counts] = outputs as readonly [Operand, Operand, Operand]
  forEachRow(kernel, [...inputs, ...outputs], () => {
    const best = f.copy('v128', f.load(loadSplat[widthOf(dtype)], values.row))
    const place = f.copy('v128', f.load(loadSplat[8], places.row))
    const at = f.copy('v128', f.load(loadSplat[8], counts.row))
    const left = f.copy('i32', kernel.columns)
    for (const size of block === 1 ? [1] : [block, 1]) {
      whileLeft(f, left, size, () => {
        const [vector] = kernel.body(size).value(node)
        const better = beats(f, reduction === 'argmin' ? 'less' : 'greater', dtype, vector!, best)
        const none = f.simd(i64x2.lt_s, [place, f.constant(new Uint8Array(16))])
        f.if(f.simdTo('i32', v128.any_true, [f.simd(v128.or, [better, none])]), () => {
          for (let lane = 0; lane < lanesOf(size, widthOf(dtype)); lane++) {
            const value = broadcast(f, vector!, lane, widthOf(dtype))
            const here = f.simd(i64x2.add, [at, f.i64x2(BigInt(lane))])
            const empty = f.simd(i64x2.lt_s, [place, f.constant(new Uint8Array(16))])
            const wins = f.simd(v128.or, [empty, beats(f, reduction === 'argmin' ? 'less' : 'greater', dtype, value, best)])
            f.if(f.simdTo('i32', v128.any_true, [wins]), () => {
              f.assign(best, value)
              f.assign(place, here)
            })
          }
        })
        f.assign(at, f.simd(i64x2.add, [at, f.i64x2(BigInt(size))]))
        for (const i of inputs) i.nextBlock(size)
      })
    }
    f.storeLane(storeLane[widthOf(dtype)], values.row, best, 0)
    f.storeLane(storeLane[8], places.row, place, 0)
    f.storeLane(storeLane[8], counts.row, at, 0)
  })
}

/** Lanes where `a` comes before `b`, as a mask. */
function beats(f: FunctionWriter, operation: 'less' | 'greater', dtype: RealDType, a: Local, b: Local): Local {
  if (isInteger(dtype)) return integerOperation(f, operation, dtype, 16, [a, b])
  const is = (name: Operation, ...args: Local[]): Local => floatOperation(f, name, dtype, args)
  const newNaN = f.simd(v128.and, [is('isnan', a), is('equal', b, b)])
  return f.simd(v128.or, [is(operation, a, b), newNaN])
}

function broadcast(f: FunctionWriter, vector: Local, lane: number, width: number): Local {
  return shuffle(
    f,
    vector,
    vector,
    Array.from({ length: 16 }, (_, i) => lane * width + (i % width)),
  )
}

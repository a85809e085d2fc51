import { Float64Writer, type FunctionWriter, type Local, op } from './function-writer.js'
import { extractLane, lanewise, replaceLane } from './lanes.js'
import { type Guarded, cosh, exp, expm1, sinh, tanh } from './math-exp.js'
import { log, log10, log1p, log2 } from './math-log.js'
import { exp2, hypot, power } from './math-power.js'
import { arctan, cos, sin } from './math-trigonometry.js'
import type { ImportedMath } from './module-writer.js'
import type { Operation } from './operation.js'
import { v128 } from './simd-opcodes.js'

/** What `Math` calls the operations. */
const names: Partial<Record<Operation, ImportedMath>> = {
  cbrt: 'cbrt',
  exp: 'exp',
  exp2: 'exp2',
  expm1: 'expm1',
  log: 'log',
  log2: 'log2',
  log10: 'log10',
  log1p: 'log1p',
  sin: 'sin',
  cos: 'cos',
  tan: 'tan',
  arcsin: 'asin',
  arccos: 'acos',
  arctan: 'atan',
  sinh: 'sinh',
  cosh: 'cosh',
  tanh: 'tanh',
  arcsinh: 'asinh',
  arccosh: 'acosh',
  arctanh: 'atanh',
  arctan2: 'atan2',
  hypot: 'hypot',
  power: 'pow',
  fmod: 'fmod',
}

/**
 * A mathematical function of vectors of float64.
 *
 * @param single the numbers are those of float32: division rounds its steps as that type does
 */
export function mathOperation(
  f: FunctionWriter,
  operation: Operation,
  lanes: number,
  args: readonly Local[],
  single: boolean,
): Local {
  const fast = vectorized[operation]
  if (!fast) return lanewise(f, 'float64', lanes, args, (...values) => mathOfNumbers(f, operation, values, single))
  const { value, valid } = fast(new Float64Writer(f), ...(args as [Local, Local]))
  const result = f.copy('v128', value)
  // Where the fast way does not go the slow one does, lane by lane: what a lane gives must not depend on its neighbours.
  f.if(f.simdTo('i32', v128.any_true, [f.simd(v128.not, [valid])]), () => {
    for (let lane = 0; lane < lanes; lane++) {
      f.if(f.scalar('i32', op.i64.eqz, extractLane(f, 'int64', valid, lane)), () => {
        const slow = mathOfNumbers(
          f,
          operation,
          args.map((a) => extractLane(f, 'float64', a, lane)),
          single,
        )
        f.assign(result, replaceLane(f, 'float64', result, lane, slow))
      })
    }
  })
  return result
}

type Vectorized = (m: Float64Writer, x: Local, y: Local) => Guarded

/** What has a fast way for two lanes at once. */
const vectorized: Partial<Record<Operation, Vectorized>> = {
  exp,
  expm1,
  tanh,
  sinh,
  cosh,
  log,
  log1p,
  log2,
  log10,
  sin,
  cos,
  arctan,
  power,
  exp2,
  hypot,
}

function mathOfNumbers(f: FunctionWriter, operation: Operation, values: readonly Local[], single: boolean): Local {
  if (operation === 'floorDivide' || operation === 'remainder') {
    const helper = f.module.helper(`${operation}_${single ? 'f32' : 'f64'}`, { params: ['f64', 'f64'], results: ['f64'] }, (g) =>
      writeDivision(g, operation, single),
    )
    return f.call('f64', helper, ...values)
  }
  return f.call('f64', f.module.math(names[operation]!), ...values)
}

/** Python's division: the remainder has the sign of the divisor. As in NumPy's npy_divmod. */
function writeDivision(f: FunctionWriter, operation: 'floorDivide' | 'remainder', single: boolean): void {
  const [a, b] = [f.param(0), f.param(1)]
  const rounded = (x: Local): Local => (single ? f.scalar('f64', op.f64.promote, f.scalar('f32', op.f32.demote, x)) : x)
  const zero = f.f64(0)
  const rest = f.copy('f64', f.call('f64', f.module.math('fmod'), a, b))
  const isZero = (x: Local): Local => f.scalar('i32', op.f64.eq, x, zero)
  const quotient = f.variable('f64')
  f.if(isZero(b), () => f.return(operation === 'remainder' ? rest : f.scalar('f64', op.f64.div, a, b)))
  f.assign(quotient, rounded(f.scalar('f64', op.f64.div, rounded(f.scalar('f64', op.f64.sub, a, rest)), b)))
  f.if(
    isZero(rest),
    () => f.assign(rest, f.scalar('f64', op.f64.copysign, zero, b)),
    () => {
      const opposite = f.scalar('i32', op.i32.ne, f.scalar('i32', op.f64.lt, b, zero), f.scalar('i32', op.f64.lt, rest, zero))
      f.if(opposite, () => {
        f.assign(rest, rounded(f.scalar('f64', op.f64.add, rest, b)))
        f.assign(quotient, rounded(f.scalar('f64', op.f64.sub, quotient, f.f64(1))))
      })
    },
  )
  if (operation === 'remainder') return f.return(rest)
  f.if(isZero(quotient), () => f.return(f.scalar('f64', op.f64.copysign, zero, f.scalar('f64', op.f64.div, a, b))))
  const floor = f.scalar('f64', op.f64.floor, quotient)
  const over = f.scalar('i32', op.f64.gt, f.scalar('f64', op.f64.sub, quotient, floor), f.f64(0.5))
  f.return(f.select('f64', over, f.scalar('f64', op.f64.add, floor, f.f64(1)), floor))
}

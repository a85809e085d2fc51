import { type NodeId, type ProgramBuilder, isComplex, kindOf } from '../kernels/index.js'
import { ChunkedArray } from './chunked-array.js'
import { DTypeError } from './errors.js'
import { expressionOf } from './inputs.js'
import { computed } from './operands.js'
import type { ArrayInput } from './types.js'

// Chebyshev coefficients of Cephes (Moshier 1989), file i0.c, as NumPy has them: exp(-x) I0(x) up to 8,
const near = [
  -4.4153416464793395e-18, 3.3307945188222384e-17, -2.431279846547955e-16, 1.715391285555133e-15, -1.1685332877993451e-14,
  7.676185498604936e-14, -4.856446783111929e-13, 2.95505266312964e-12, -1.726826291441556e-11, 9.675809035373237e-11,
  -5.189795601635263e-10, 2.6598237246823866e-9, -1.300025009986248e-8, 6.046995022541919e-8, -2.670793853940612e-7,
  1.1173875391201037e-6, -4.4167383584587505e-6, 1.6448448070728896e-5, -5.754195010082104e-5, 0.00018850288509584165,
  -0.0005763755745385824, 0.0016394756169413357, -0.004324309995050576, 0.010546460394594998, -0.02373741480589947,
  0.04930528423967071, -0.09490109704804764, 0.17162090152220877, -0.3046826723431984, 0.6767952744094761,
]

// and exp(-x) sqrt(x) I0(x) beyond.
const far = [
  -7.233180487874754e-18, -4.830504485944182e-18, 4.46562142029676e-17, 3.461222867697461e-17, -2.8276239805165836e-16,
  -3.425485619677219e-16, 1.7725601330565263e-15, 3.8116806693526224e-15, -9.554846698828307e-15, -4.150569347287222e-14,
  1.54008621752141e-14, 3.8527783827421426e-13, 7.180124451383666e-13, -1.7941785315068062e-12, -1.3215811840447713e-11,
  -3.1499165279632416e-11, 1.1889147107846439e-11, 4.94060238822497e-10, 3.3962320257083865e-9, 2.266668990498178e-8,
  2.0489185894690638e-7, 2.8913705208347567e-6, 6.889758346916825e-5, 0.0033691164782556943, 0.8044904110141088,
]

/** A sum of Chebyshev polynomials (Clenshaw). */
function chebyshev(p: ProgramBuilder, x: NodeId, coefficients: readonly number[]): NodeId {
  const number = (n: number): NodeId => p.constant(n, 'float64')
  let [b0, b1, b2] = [number(coefficients[0]!), number(0), number(0)]
  for (const c of coefficients.slice(1)) {
    b2 = b1
    b1 = b0
    b0 = p.apply('add', p.apply('subtract', p.apply('multiply', x, b1), b2), number(c))
  }
  return p.apply('multiply', number(0.5), p.apply('subtract', b0, b2))
}

/** The modified Bessel function of the first kind of order 0. Computed in float64 (Cephes, Moshier 1989). */
export function i0(x: ArrayInput): ChunkedArray {
  const e = expressionOf('i0', x)
  if (isComplex(e.dtype)) throw new DTypeError(`i0 of ${e.dtype} is not defined`)
  return new ChunkedArray(
    computed('i0', [e], ({ builder: p }, [v]) => {
      const number = (n: number): NodeId => p.constant(n, 'float64')
      const a = p.apply('absolute', p.cast(v!, 'float64'))
      const small = p.apply('lessEqual', a, number(8))
      const first = chebyshev(p, p.apply('subtract', p.apply('divide', a, number(2)), number(2)), near)
      const second = p.apply(
        'divide',
        chebyshev(p, p.apply('subtract', p.apply('divide', number(32), a), number(2)), far),
        p.apply('sqrt', a),
      )
      const value = p.apply('multiply', p.apply('exp', a), p.apply('where', small, first, second))
      return p.cast(value, kindOf(e.dtype) === 'float' ? e.dtype : 'float64')
    }),
  )
}

import { type NodeId, type ProgramBuilder, isComplex, kindOf } from '../kernels/index.js'
import { ChunkedArray } from './chunked-array.js'
import { DTypeError } from './errors.js'
import { expressionOf } from './inputs.js'
import { computed } from './operands.js'
import type { ArrayInput } from './types.js'

// Chebyshev coefficients of Cephes (Moshier 1989), file i0.c, as NumPy has them: exp(-x) I0(x) up to 8,
const near = [
  -4.4153416464793393795e-18, 3.33079451882223809783e-17, -2.43127984654795469359e-16, 1.71539128555513303061e-15,
  -1.16853328779934516808e-14, 7.67618549860493561688e-14, -4.8564467831119294609e-13, 2.95505266312963983461e-12,
  -1.72682629144155570723e-11, 9.67580903537323691224e-11, -5.18979560163526290666e-10, 2.65982372468238665035e-9,
  -1.30002500998624804212e-8, 6.04699502254191894932e-8, -2.67079385394061173391e-7, 1.11738753912010371815e-6,
  -4.41673835845875056359e-6, 1.64484480707288970893e-5, -5.75419501008210370398e-5, 1.88502885095841655729e-4,
  -5.76375574538582365885e-4, 1.63947561694133579842e-3, -4.3243099950505759443e-3, 1.05464603945949983183e-2,
  -2.37374148058994688156e-2, 4.93052842396707084878e-2, -9.4901097048047644421e-2, 1.71620901522208775349e-1,
  -3.04682672343198398683e-1, 6.76795274409476084995e-1,
]

// and exp(-x) sqrt(x) I0(x) beyond.
const far = [
  -7.23318048787475395456e-18, -4.83050448594418207126e-18, 4.46562142029675999901e-17, 3.4612228676974610931e-17,
  -2.82762398051658348494e-16, -3.42548561967721913462e-16, 1.7725601330565263836e-15, 3.81168066935262242075e-15,
  -9.5548466988283076487e-15, -4.15056934728722208663e-14, 1.54008621752140982691e-14, 3.85277838274214270114e-13,
  7.18012445138366623367e-13, -1.79417853150680611778e-12, -1.32158118404477131188e-11, -3.14991652796324136454e-11,
  1.18891471078464383424e-11, 4.9406023882249695891e-10, 3.39623202570838634515e-9, 2.26666899049817806459e-8,
  2.04891858946906374183e-7, 2.89137052083475648297e-6, 6.88975834691682398426e-5, 3.3691164782556940899e-3,
  8.04490411014108831608e-1,
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

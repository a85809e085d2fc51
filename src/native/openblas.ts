import { HeddleError } from '../base/index.js'
import { type DType, isComplex } from '../kernels/index.js'
import { type Matrix, checkProduct, extentOf } from './matrix.js'
import type { NumberArray } from './number-array.js'
import { type LibraryFunction, type LoadedLibrary, SystemLibrary, functionOf } from './system-library.js'

/** OpenBLAS was asked for and cannot be used. */
export class OpenBlasError extends HeddleError {
  static {
    OpenBlasError.prototype.name = 'OpenBlasError'
  }
}

type BlasType = 'float32' | 'float64' | 'complex64' | 'complex128'

const letters: Readonly<Record<BlasType, string>> = { float32: 's', float64: 'd', complex64: 'c', complex128: 'z' }

/** How systems name the library. */
const names: Readonly<Record<string, readonly string[]>> = {
  linux: ['libopenblas.so.0', 'libopenblas.so', 'libopenblas64_.so.0', 'libopenblas64.so.0'],
  darwin: [
    'libopenblas.dylib',
    '/opt/homebrew/opt/openblas/lib/libopenblas.dylib',
    '/usr/local/opt/openblas/lib/libopenblas.dylib',
  ],
  win32: ['libopenblas.dll', 'openblas.dll'],
}

/** What builds of the library put around the names of functions, and the integers that they take. */
const spellings = [
  ['', '', 'int'],
  ['', '64_', 'int64'],
  ['scipy_', '64_', 'int64'],
  ['scipy_', '', 'int'],
] as const

const ROW_MAJOR = 101
const PLAIN = 111
const TRANSPOSED = 112

export interface OpenBlas {
  readonly path: string
  /** `out += left · right`; false, and nothing done, where the strides are none that BLAS knows */
  multiply(left: Matrix, right: Matrix, out: Matrix, dtype: BlasType): boolean
}

const library = new SystemLibrary<OpenBlas>({
  setting: 'array.openblas',
  names,
  what: 'a library with CBLAS',
  lacking: 'has no cblas_dgemm',
  Failure: OpenBlasError,
  take(loaded, path) {
    for (const [before, after, integer] of spellings) {
      const blas = withSpelling(loaded, path, before, after, integer)
      if (blas) return blas
    }
    return undefined
  },
})

/**
 * The system's OpenBLAS, or undefined where there is none, or no `koffi` to call it with. The setting `array.openblas` says
 * where to look: 'auto' by the usual names, 'off' nowhere, anything else is the library's path.
 *
 * @throws OpenBlasError when the setting names a library that cannot be used
 */
export const openBlas = (): OpenBlas | undefined => library.find()

function withSpelling(
  library: LoadedLibrary,
  path: string,
  before: string,
  after: string,
  integer: string,
): OpenBlas | undefined {
  const gemms = new Map<BlasType, LibraryFunction>()
  for (const [dtype, letter] of Object.entries(letters) as [BlasType, string][]) {
    const scalar = dtype === 'float32' ? 'float' : dtype === 'float64' ? 'double' : 'void *'
    const dimensions = `${integer} m, ${integer} n, ${integer} k`
    const prototype = `void ${before}cblas_${letter}gemm${after}(int order, int ta, int tb, ${dimensions}, ${scalar} alpha, void *a, ${integer} lda, void *b, ${integer} ldb, ${scalar} beta, void *c, ${integer} ldc)`
    const gemm = functionOf(library, prototype)
    if (!gemm) return undefined
    gemms.set(dtype, gemm)
  }
  // Heddle's own threads run it: threads of its own would only be in their way.
  functionOf(library, `void ${before}openblas_set_num_threads${after}(int n)`)?.(1)
  return { path, multiply: (left, right, out, dtype) => multiply(gemms.get(dtype)!, left, right, out, dtype) }
}

function multiply(gemm: LibraryFunction, left: Matrix, right: Matrix, out: Matrix, dtype: BlasType): boolean {
  checkProduct(left, right, out, dtype)
  if (out.rows === 0 || out.columns === 0 || left.columns === 0) return true
  const [a, b, c] = [leading(left), leading(right), leading(out)]
  if (!a || !b || !c || c.order === TRANSPOSED) return false
  const one = dtype === 'complex64' ? Float32Array.of(1, 0) : dtype === 'complex128' ? Float64Array.of(1, 0) : 1
  gemm(
    ROW_MAJOR,
    a.order,
    b.order,
    out.rows,
    out.columns,
    left.columns,
    one,
    partOf(left, dtype),
    a.step,
    partOf(right, dtype),
    b.step,
    one,
    partOf(out, dtype),
    c.step,
  )
  return true
}

/** How BLAS sees a matrix: rows or columns lie side by side, so many elements apart. */
function leading(m: Matrix): { order: number; step: number } | undefined {
  if (m.columnStride === 1 || m.columns === 1) {
    if (m.rowStride >= m.columns || m.rows === 1) return { order: PLAIN, step: Math.max(m.rowStride, m.columns, 1) }
  }
  if ((m.rowStride === 1 || m.rows === 1) && (m.columnStride >= m.rows || m.columns === 1))
    return { order: TRANSPOSED, step: Math.max(m.columnStride, m.rows, 1) }
  return undefined
}

function partOf(m: Matrix, dtype: DType): NumberArray {
  const parts = isComplex(dtype) ? 2 : 1
  return m.data.subarray(m.offset * parts, (m.offset + extentOf(m)) * parts)
}

import { HeddleError } from '../base/index.js'
import type { DType } from '../kernels/index.js'
import type { NumberArray } from './number-array.js'
import { type LibraryFunction, type LoadedLibrary, SystemLibrary, functionOf } from './system-library.js'

/** Highway was asked for and cannot be used. */
export class HighwayError extends HeddleError {
  static {
    HighwayError.prototype.name = 'HighwayError'
  }
}

/** How C++ compilers write the types in names of functions: 64-bit integers are `long` on some systems, `long long` on others. */
const letters: Readonly<Partial<Record<DType, readonly string[]>>> = {
  int16: ['s'],
  uint16: ['t'],
  int32: ['i'],
  uint32: ['j'],
  int64: ['l', 'x'],
  uint64: ['m', 'y'],
  float32: ['f'],
  float64: ['d'],
}

/** How systems name the library. */
const names: Readonly<Record<string, readonly string[]>> = {
  linux: ['libhwy_contrib.so.1', 'libhwy_contrib.so'],
  darwin: [
    'libhwy_contrib.dylib',
    '/opt/homebrew/opt/highway/lib/libhwy_contrib.dylib',
    '/usr/local/opt/highway/lib/libhwy_contrib.dylib',
  ],
}

/** More than a `Sorter` of any version takes. */
const SORTER_BYTES = 64

/** Sorts what lies side by side, ascending, in place. Floats are finite; -0 and 0 are the same to it. */
export type VectorSort = (data: NumberArray) => void

export interface Highway {
  readonly path: string
  /** by type; those of one byte are missing, and float32 in versions that sort it wrongly */
  readonly sorts: ReadonlyMap<DType, VectorSort>
}

const library = new SystemLibrary<Highway>({
  setting: 'array.highway',
  names,
  what: 'the library hwy_contrib',
  lacking: 'has no VQSort',
  Failure: HighwayError,
  take(loaded, path) {
    const sorts = sortsAsFunctions(loaded) ?? sortsOfSorter(loaded)
    return sorts && { path, sorts }
  },
})

/**
 * The system's Highway, whose VQSort sorts with the widest vectors that the processor has; undefined where there is none, or no
 * `koffi` to call it with. The setting `array.highway` says where to look: 'auto' by the usual names, 'off' nowhere, anything
 * else is the library's path.
 *
 * @throws HighwayError when the setting names a library that cannot be used
 */
export const highway = (): Highway | undefined => library.find()

/** Since version 1.1 there is a function for each type. */
function sortsAsFunctions(loaded: LoadedLibrary): ReadonlyMap<DType, VectorSort> | undefined {
  return sortsBy((letter) => {
    const sort = functionOf(loaded, `void _ZN3hwy6VQSortEP${letter}mNS_13SortAscendingE(void *keys, size_t n)`)
    return sort && ((data) => void sort(data, data.length))
  })
}

/**
 * Before that an object had them as its methods; C++ passes it first. Each thread has its own, since it owns room to sort in.
 *
 * These leave floats unsorted now and then where many are equal: in version 1.0.3, with AVX-512, rows of 70,000 float32 of which one
 * in fifty is 0, nearly always; of float64 that was never seen. So the former are not sorted by it, and the latter are looked at.
 */
function sortsOfSorter(loaded: LoadedLibrary): ReadonlyMap<DType, VectorSort> | undefined {
  const construct = functionOf(loaded, 'void _ZN3hwy6SorterC1Ev(void *sorter)')
  if (!construct) return undefined
  const sorter = new Uint8Array(SORTER_BYTES)
  construct(sorter)
  const sorts = sortsBy((letter) => {
    const prototype = `void _ZNK3hwy6SorterclEP${letter}mNS_13SortAscendingE(void *sorter, void *keys, size_t n)`
    const sort: LibraryFunction | undefined = functionOf(loaded, prototype)
    if (!sort || letter !== 'd') return sort && ((data) => void sort(sorter, data, data.length))
    return (data) => {
      sort(sorter, data, data.length)
      if (!isAscending(data as Float64Array)) data.sort()
    }
  })
  if (!sorts) return undefined
  return new Map([...sorts].filter(([dtype]) => dtype !== 'float32'))
}

function isAscending(data: Float64Array): boolean {
  for (let i = 1; i < data.length; i++) if (data[i - 1]! > data[i]!) return false
  return true
}

/** That of each type; undefined if one is missing. */
function sortsBy(find: (letter: string) => VectorSort | undefined): ReadonlyMap<DType, VectorSort> | undefined {
  const sorts = new Map<DType, VectorSort>()
  for (const [dtype, spellings] of Object.entries(letters) as [DType, readonly string[]][]) {
    for (const letter of spellings) {
      const sort = sorts.get(dtype) ?? find(letter)
      if (sort) sorts.set(dtype, sort)
    }
    if (!sorts.has(dtype)) return undefined
  }
  return sorts
}

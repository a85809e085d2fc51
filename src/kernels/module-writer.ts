import { FunctionWriter } from './function-writer.js'
import { type CodedFunction, type ImportedFunction, type Signature, moduleBytes } from './wasm-bytes.js'

/** Functions of `Math` that kernels call where vectors end: all of them correct over the whole range of float64. */
export const importedMath = [
  'sin',
  'cos',
  'tan',
  'asin',
  'acos',
  'atan',
  'atan2',
  'sinh',
  'cosh',
  'tanh',
  'asinh',
  'acosh',
  'atanh',
  'exp',
  'expm1',
  'log',
  'log1p',
  'log2',
  'log10',
  'cbrt',
  'pow',
  'hypot',
  // not of `Math`, but of JavaScript
  'exp2',
  'fmod',
] as const

export type ImportedMath = (typeof importedMath)[number]

const twoOperands: ReadonlySet<ImportedMath> = new Set(['atan2', 'pow', 'hypot', 'fmod'])

/** Writes a module: its functions, what they call of `Math`, and the vectors that are constant. */
export class ModuleWriter {
  readonly #wide: boolean
  readonly #functions: (CodedFunction | undefined)[] = []
  readonly #named = new Map<string, number>()
  readonly #constants: Uint8Array[] = []
  readonly #constantIndex = new Map<string, number>()

  constructor(wide: boolean) {
    this.#wide = wide
  }

  /** All of them are imported, always: so their numbers are known. */
  math(name: ImportedMath): number {
    return importedMath.indexOf(name)
  }

  constant(bytes: Uint8Array): number {
    const key = bytes.join()
    let index = this.#constantIndex.get(key)
    if (index === undefined) {
      index = this.#constants.push(bytes) - 1
      this.#constantIndex.set(key, index)
    }
    return index
  }

  /** The number of the function of this name, which is written when it is first asked for. */
  helper(name: string, signature: Signature, write: (f: FunctionWriter) => void): number {
    let index = this.#named.get(name)
    if (index === undefined) {
      index = this.#reserve()
      this.#named.set(name, index)
      this.#write(index, signature, write)
    }
    return index
  }

  export(name: string, signature: Signature, write: (f: FunctionWriter) => void): void {
    this.#write(this.#reserve(), signature, write, name)
  }

  bytes(): Uint8Array {
    const imports = importedMath.map((name): ImportedFunction => {
      return { name, signature: { params: twoOperands.has(name) ? ['f64', 'f64'] : ['f64'], results: ['f64'] } }
    })
    return moduleBytes({ wide: this.#wide, imports, functions: this.#functions.map((f) => f!), constants: this.#constants })
  }

  #reserve(): number {
    return importedMath.length + this.#functions.push(undefined) - 1
  }

  #write(index: number, signature: Signature, write: (f: FunctionWriter) => void, exported?: string): void {
    const f = new FunctionWriter(this, signature)
    write(f)
    this.#functions[index - importedMath.length] = f.finish(exported)
  }
}

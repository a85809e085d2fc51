import { type SharedWasmMemory, type WasmModule, wasm } from '../base/index.js'
import type { KernelShape } from './block-size.js'
import { kernelBytes } from './generate.js'
import { type ImportedMath, importedMath } from './module-writer.js'
import { type Program, programKey } from './program.js'

/** Runs a kernel: rows, columns, and for each operand its address and two strides; then the scalars. */
export type Run = (...args: (number | bigint)[]) => void

const math: Readonly<Record<string, unknown>> = Object.fromEntries(
  importedMath.map((name) => [name, own(name) ?? (Math as unknown as Record<string, unknown>)[name]]),
)

function own(name: ImportedMath): ((a: number, b: number) => number) | undefined {
  if (name === 'fmod') return (a, b) => a % b
  if (name === 'exp2') return (a) => 2 ** a
  // Where C and NumPy have 1, JavaScript has NaN.
  if (name === 'pow') return (a, b) => (a === 1 || (a === -1 && Math.abs(b) === Infinity) ? 1 : a ** b)
  return undefined
}

/** Kernels that are remembered: programs with ever new constants must not fill the memory. */
const MOST = 1000

function keep<T>(map: Map<string, T>, key: string, value: T): void {
  map.set(key, value)
  if (map.size > MOST) map.delete(map.keys().next().value!)
}

/** Modules by what they do. One for a thread: code that another thread has compiled can be handed over. */
const modules = new Map<string, WasmModule>()

/** The compiled kernels of one memory. */
export class KernelCache {
  readonly #memory: SharedWasmMemory
  readonly wide: boolean
  readonly #keys = new WeakMap<Program, string>()
  readonly #instances = new Map<string, Run>()
  /** of each program object, by the rest of the shape: so that a call need not put a long key together */
  readonly #ready = new WeakMap<Program, Map<string, Run>>()

  constructor(memory: SharedWasmMemory, wide: boolean) {
    this.#memory = memory
    this.wide = wide
  }

  get(program: Program, shape: Omit<KernelShape, 'wide'>): Run {
    let ready = this.#ready.get(program)
    if (!ready) this.#ready.set(program, (ready = new Map()))
    const key = `${shape.kind} ${shape.access.join()}`
    let run = ready.get(key)
    if (run === undefined) {
      run = this.#instance(program, shape)
      ready.set(key, run)
    }
    return run
  }

  #instance(program: Program, shape: Omit<KernelShape, 'wide'>): Run {
    const key = this.#key(program, shape)
    let run = this.#instances.get(key)
    if (run === undefined) {
      const instance = new wasm.Instance(this.module(program, shape), { env: { memory: this.#memory }, math })
      run = instance.exports['run'] as Run
      keep(this.#instances, key, run)
    }
    return run
  }

  /** The compiled code of a kernel, which other threads may use too: they `adopt` it. */
  module(program: Program, shape: Omit<KernelShape, 'wide'>): WasmModule {
    const key = this.#key(program, shape)
    let module = modules.get(key)
    if (module === undefined) {
      module = new wasm.Module(kernelBytes(program, { ...shape, wide: this.wide }))
      keep(modules, key, module)
    }
    return module
  }

  adopt(program: Program, shape: Omit<KernelShape, 'wide'>, module: WasmModule): void {
    keep(modules, this.#key(program, shape), module)
  }

  #key(program: Program, { kind, access }: Omit<KernelShape, 'wide'>): string {
    let key = this.#keys.get(program)
    if (key === undefined) this.#keys.set(program, (key = programKey(program)))
    return `${kind} ${access.join()} ${this.wide ? 64 : 32} ${key}`
  }
}

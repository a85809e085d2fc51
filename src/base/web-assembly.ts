/** The part of WebAssembly's JavaScript interface that kernels use; the libraries of TypeScript know it only with the DOM. */
export interface SharedWasmMemory {
  readonly buffer: SharedArrayBuffer
  grow(pages: number | bigint): number | bigint
}

/** Compiled code: may be posted to other threads. */
export interface WasmModule {
  readonly [Symbol.toStringTag]: string
}

type WasmFunction = (...args: (number | bigint)[]) => number | bigint | undefined

interface WebAssemblyFace {
  validate(bytes: Uint8Array): boolean
  Module: new (bytes: Uint8Array) => WasmModule
  Instance: new (
    module: WasmModule,
    imports: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
  ) => { readonly exports: Readonly<Record<string, WasmFunction>> }
  Memory: new (options: {
    readonly initial: number | bigint
    readonly maximum: number | bigint
    readonly shared: true
    readonly address?: 'i64'
  }) => SharedWasmMemory
}

export const wasm: WebAssemblyFace = (globalThis as unknown as { WebAssembly: WebAssemblyFace }).WebAssembly

/**
 * The bytes of a memory, up to this address at least. A thread does not see of itself that another has made it longer.
 *
 * @param wide its addresses have 64 bits
 */
export function bufferOf(memory: SharedWasmMemory, wide: boolean, upTo: number): SharedArrayBuffer {
  if (memory.buffer.byteLength < upTo) memory.grow(wide ? 0n : 0)
  return memory.buffer
}

/** The bytes of a page, the unit in which a memory grows. */
export const WASM_PAGE = 65_536

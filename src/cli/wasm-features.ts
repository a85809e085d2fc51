/** What the WebAssembly engine of this process can do. */
export interface WasmFeatures {
  readonly simd: boolean
  readonly relaxedSimd: boolean
  /** memory that threads share, and atomic instructions on it */
  readonly threads: boolean
  /** memory beyond 4 GiB */
  readonly memory64: boolean
}

declare const WebAssembly: { validate(bytes: Uint8Array): boolean }

const HEADER = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]
const FUNCTION = [3, 2, 1, 0]

// The smallest modules that use each: valid where the engine knows it.
const probes: Record<keyof WasmFeatures, readonly number[]> = {
  // (func (result v128) (i8x16.popcnt (i8x16.splat (i32.const 0))))
  simd: [1, 5, 1, 0x60, 0, 1, 0x7b, ...FUNCTION, 10, 10, 1, 8, 0, 0x41, 0, 0xfd, 15, 0xfd, 98, 11],
  // (func (result v128) (i8x16.relaxed_swizzle (i8x16.splat (i32.const 1)) (i8x16.splat (i32.const 2))))
  relaxedSimd: [
    1,
    5,
    1,
    0x60,
    0,
    1,
    0x7b,
    ...FUNCTION,
    10,
    15,
    1,
    13,
    0,
    0x41,
    1,
    0xfd,
    15,
    0x41,
    2,
    0xfd,
    15,
    0xfd,
    0x80,
    2,
    11,
  ],
  // (memory 1 1 shared) (func (drop (i32.atomic.load (i32.const 0))))
  threads: [1, 4, 1, 0x60, 0, 0, ...FUNCTION, 5, 4, 1, 3, 1, 1, 10, 11, 1, 9, 0, 0x41, 0, 0xfe, 16, 2, 0, 0x1a, 11],
  // (memory i64 1)
  memory64: [5, 3, 1, 4, 1],
}

/** Asks the engine by handing it a small module for each. */
export function wasmFeatures(): WasmFeatures {
  const can = (feature: keyof WasmFeatures): boolean => WebAssembly.validate(Uint8Array.from([...HEADER, ...probes[feature]]))
  return { simd: can('simd'), relaxedSimd: can('relaxedSimd'), threads: can('threads'), memory64: can('memory64') }
}

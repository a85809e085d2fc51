import type { NativeExports } from './native-module.js'

/** The native kernels, and a place in their memory for what they are told. */
export interface Placing {
  readonly exports: NativeExports
  /** Copies something there, and says where. */
  place(data: ArrayBufferView): number
  /** What is there. */
  bytes(address: number, length: number): Uint8Array
}

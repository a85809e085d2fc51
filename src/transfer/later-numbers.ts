type NumbersClass = { readonly name: string; readonly BYTES_PER_ELEMENT: number }

/**
 * A typed array that does not exist yet: it is encoded as one, and its numbers are written into the memory of the payload
 * itself, once, when that is there. For results that are encoded at once (`TaskContext.encodes`), and are large.
 *
 * @example
 * const later = new LaterNumbers(Float64Array, 8 * n, (to) => compute(new Float64Array(to.buffer, to.byteOffset, n)))
 */
export class LaterNumbers {
  /** for how many milliseconds this thread has computed such numbers, which is no time of encoding */
  static computed = 0
  /** the name of the class of the array */
  readonly type: string
  readonly byteLength: number
  readonly write: (to: Uint8Array) => void

  /** @param write writes all bytes; they begin at a multiple of 8, and hold whatever was there before */
  constructor(type: NumbersClass, byteLength: number, write: (to: Uint8Array) => void) {
    this.type = type.name
    this.byteLength = byteLength
    this.write = (to) => {
      const started = performance.now()
      write(to)
      LaterNumbers.computed += performance.now() - started
    }
  }
}

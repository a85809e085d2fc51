import type { Operand } from './access.js'
import type { BodyWriter } from './body-writer.js'
import { type FunctionWriter, type Local, op } from './function-writer.js'
import type { Program } from './program.js'

/** What is at hand while a kernel is written. */
export interface Kernel {
  readonly f: FunctionWriter
  readonly program: Program
  readonly rows: Local
  readonly columns: Local
  readonly outputs: readonly Operand[]
  readonly inputs: readonly Operand[]
  /** elements that a turn of the loop computes */
  readonly block: number
  /** runs of elements that a turn takes the block from, in equal parts, where rows are long */
  readonly streams: number
  /** Begins the code that computes `block` elements, those where the inputs stand, or where `at` says. */
  body(block: number, at?: (input: Operand) => Local): BodyWriter
}

/** Runs `body` for each row, with the operands at its beginning. */
export function forEachRow({ f, rows }: Kernel, operands: readonly Operand[], body: () => void): void {
  f.while(
    () => rows,
    () => {
      for (const o of operands) o.beginRow()
      body()
      for (const o of operands) o.nextRow()
      f.assign(rows, f.scalar('i32', op.i32.sub, rows, f.i32(1)))
    },
  )
}

/** Runs `body` for as long as there are `size` left, and counts down. */
export function whileLeft(f: FunctionWriter, left: Local, size: number, body: () => void): void {
  f.while(
    () => f.scalar('i32', op.i32.ge_u, left, f.i32(size)),
    () => {
      body()
      f.assign(left, f.scalar('i32', op.i32.sub, left, f.i32(size)))
    },
  )
}

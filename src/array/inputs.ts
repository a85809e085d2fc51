import { ArgumentError, describe } from '../base/index.js'
import type { DType } from '../kernels/index.js'
import { ArrayExpression } from './array-expression.js'
import { type Numbers, numbersClass } from './chunk.js'
import { type ChunksSpec, normalizeChunks } from './chunks.js'
import { NdArray, type NestedItems, ndArrayOf } from './nd-array.js'
import type { OperandExpression } from './operands.js'
import { DataSource } from './sources.js'

const dtypesOfMemory = new Map<string, DType>(
  (['int8', 'uint8', 'int16', 'uint16', 'int32', 'uint32', 'int64', 'uint64', 'float32', 'float64'] as const).map((d) => [
    numbersClass(d).name,
    d,
  ]),
)

/** What stands for a chunked array: the class itself is not known here. */
interface HasExpression {
  readonly expression: unknown
}

/** The array of an input, in ordinary memory; undefined for chunked arrays. */
export function localArray(operation: string, input: unknown, dtype?: DType): NdArray | undefined {
  if (input instanceof NdArray) return input
  if (ArrayBuffer.isView(input)) {
    const type = dtypesOfMemory.get(input.constructor.name)
    if (!type) throw new ArgumentError(`${operation}: ${describe(input)} is no memory of numbers that arrays know`)
    const data = input as unknown as Numbers
    return new NdArray(type, [data.length], data as never)
  }
  if ((input as HasExpression | null)?.expression instanceof ArrayExpression) return undefined
  if (Array.isArray(input) || isScalar(input) || isComplexItem(input)) return ndArrayOf(input as NestedItems, dtype)
  throw new ArgumentError(`${operation}: expected an array or numbers, not ${describe(input)}`)
}

const isScalar = (input: unknown): input is number | bigint | boolean =>
  typeof input === 'number' || typeof input === 'bigint' || typeof input === 'boolean'

const isComplexItem = (input: unknown): boolean =>
  typeof input === 'object' && input !== null && typeof (input as { re?: unknown }).re === 'number'

/** The expression of anything that an array can be made of. */
export function expressionOf(operation: string, input: unknown, chunks: ChunksSpec = 'auto', dtype?: DType): ArrayExpression {
  const local = localArray(operation, input, dtype)
  if (!local) return (input as HasExpression).expression as ArrayExpression
  return new DataSource('fromArray', local, normalizeChunks(chunks, local.shape, local.dtype))
}

/** The operand of an operation: numbers of the program stay numbers. */
export function operandOf(operation: string, input: unknown): OperandExpression {
  return isScalar(input) ? input : expressionOf(operation, input)
}

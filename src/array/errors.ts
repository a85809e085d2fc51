import { HeddleError } from '../base/index.js'

/** Shapes do not fit together, or not what is to be done with them. */
export class ShapeError extends HeddleError {
  static {
    ShapeError.prototype.name = 'ShapeError'
  }
}

/** Chunks do not add up to the shape, or are not known where they must be. */
export class ChunkError extends HeddleError {
  static {
    ChunkError.prototype.name = 'ChunkError'
  }
}

/** An index is out of bounds, or of a form that selects nothing. */
export class ArrayIndexError extends HeddleError {
  static {
    ArrayIndexError.prototype.name = 'ArrayIndexError'
  }
}

/** A value has no counterpart in the type that it is to be converted to, or an operation is not defined for a type. */
export class DTypeError extends HeddleError {
  static {
    DTypeError.prototype.name = 'DTypeError'
  }
}

/** A function of blocks gave something else than it was declared to give. */
export class BlockError extends HeddleError {
  static {
    BlockError.prototype.name = 'BlockError'
  }
}

export const showShape = (shape: readonly number[]): string => `[${shape.map((n) => (Number.isNaN(n) ? '?' : n)).join(', ')}]`

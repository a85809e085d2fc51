import type { LowerContext } from '../expr/index.js'
import type { Annotations } from '../graph/index.js'
import { type DType, dtypeOf, isComplex, kindOf } from '../kernels/index.js'
import { ArrayExpression } from './array-expression.js'
import { axisOf } from './axes.js'
import { castOf } from './casting.js'
import { type Chunks, eachPlace, gridOf } from './chunks.js'
import { numberOf } from './chunk-tasks.js'
import { computed } from './operands.js'
import { scanChunk, scanTotal } from './operations.js'
import { reshapeOf } from './reshaped.js'

/** What each element becomes with all before it along an axis. */
export type ScanKind = 'sum' | 'prod' | 'push'

export interface ScanShared {
  readonly kind: ScanKind
  readonly axis: number
}

/**
 * Running results along an axis: what each chunk comes to is found first, side by side; then how far each line of chunks has
 * come before each of them, which is little; and then the elements.
 */
export class Scanned extends ArrayExpression {
  readonly label: string
  readonly dtype: DType
  readonly chunks: Chunks
  readonly kind: ScanKind
  readonly axis: number
  declare readonly inputs: readonly [ArrayExpression]

  constructor(label: string, input: ArrayExpression, kind: ScanKind, axis: number, annotations?: Annotations) {
    super([input], annotations)
    this.label = label
    this.dtype = input.dtype
    this.chunks = input.chunks
    this.kind = kind
    this.axis = axis
  }

  identity(): string {
    return `${this.kind} ${this.axis}`
  }

  lower(context: LowerContext, [tasks]: readonly ArrayLike<number>[]): number[] {
    const { kind, axis } = this
    const shared: ScanShared = { kind, axis }
    const totals = context.layer({ run: scanTotal, shared, suffix: 'total' })
    const scans = context.layer({ run: scanChunk, shared })
    const grid = gridOf(this.chunks)
    const carried = new Map<number, number>()
    const result = new Array<number>(this.size)
    // Places before another along the axis come before it.
    eachPlace(grid, (place, number) => {
      const line = numberOf(
        place.map((p, a) => (a === axis ? 0 : p)),
        grid,
      )
      const before = carried.get(line)
      result[number] = scans.task(before === undefined ? [tasks![number]!] : [tasks![number]!, before])
      if (place[axis]! < grid[axis]! - 1)
        carried.set(line, totals.task(before === undefined ? [tasks![number]!] : [tasks![number]!, before]))
    })
    return result
  }

  withInputs([input]: readonly ArrayExpression[]): Scanned {
    return new Scanned(this.label, input!, this.kind, this.axis, this.annotations)
  }
}

/** Running sums or products; without an axis of all elements as one. */
export function scanOf(
  label: string,
  e: ArrayExpression,
  kind: ScanKind,
  {
    axis,
    dtype,
    skipNaN = false,
  }: { readonly axis?: number | undefined; readonly dtype?: DType | undefined; readonly skipNaN?: boolean } = {},
): ArrayExpression {
  const flat = axis === undefined ? reshapeOf(e, [-1]) : e
  const along = axis === undefined ? 0 : axisOf(label, axis, e.shape.length)
  const whole = kindOf(e.dtype) !== 'float' && !isComplex(e.dtype)
  const type = dtypeOf(dtype ?? (kind === 'push' ? e.dtype : whole ? (kindOf(e.dtype) === 'uint' ? 'uint64' : 'int64') : e.dtype))
  let values = castOf(flat, type)
  if (skipNaN && kindOf(type) === 'float') {
    const instead = kind === 'sum' ? 0 : 1
    values = computed(label, [values], ({ builder: p }, [x]) =>
      p.apply('where', p.apply('isnan', x!), p.constant(instead, type), x!),
    )
  }
  return new Scanned(label, values, kind, along)
}

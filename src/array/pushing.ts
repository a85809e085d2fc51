import { type Expression, type Pass, rewrite } from '../expr/index.js'
import { type ArrayExpression } from './array-expression.js'
import { isKnown, sameChunks, shapeOf } from './chunks.js'
import { Elementwise } from './elementwise.js'
import { RearrangedAxes, rearranged } from './rearranged-axes.js'
import { type Segment, Selection, isRechunk, wholeAxis } from './selection.js'
import { DataSource, RuleSource, partOf } from './sources.js'

/** What is moved down one step at a time comes to rest after as many rounds as there are steps. */
const MOST_ROUNDS = 50

/**
 * Slices go to where values come from: through operations on single elements, through other slices and rechunks, and through
 * axes that are only rearranged; sources make only what is wanted. Two rechunks in a row are one, and what is transposed
 * twice is not.
 */
export const pushSelections: Pass = {
  name: 'push slices',
  apply(roots) {
    let current = [...roots]
    for (let round = 0; round < MOST_ROUNDS; round++) {
      const next = rewrite(current, pushed)
      if (next.every((e, i) => e === current[i])) break
      current = next
    }
    return current
  },
}

function pushed(e: Expression, uses: (input: Expression) => number): Expression {
  if (e instanceof RearrangedAxes && e.inputs[0] instanceof RearrangedAxes) {
    const inner = e.inputs[0]
    const order = e.order.map((axis) => (axis === null ? null : inner.order[axis]!))
    return rearranged(e.label, inner.inputs[0], order)
  }
  if (!(e instanceof Selection) || e.inputs.length !== 1 || !isKnown(e.chunks)) return e
  const input = e.inputs[0]!
  if (isRechunk(e) && sameChunks(input.chunks, e.chunks)) return input
  if (input instanceof Selection && input.inputs.length === 1 && (uses(input) === 1 || isRechunk(input)))
    return composed(input, e)
  if (input instanceof RuleSource) return fromRule(input, e)
  if (input instanceof DataSource && isSlice(e)) return fromData(input, e)
  if (isRechunk(e) || uses(input) > 1) return e
  if (input instanceof Elementwise && isSlice(e)) return throughElementwise(input, e)
  if (input instanceof RearrangedAxes) return throughAxes(input, e)
  return e
}

/** One run of places along each axis, which repeats none. */
const isSlice = (e: Selection): boolean =>
  e.segments.every((list) => list.length === 1 && (list[0]!.step !== 0 || list[0]!.count <= 1))

/** A selection of a selection. */
function composed(inner: Selection, outer: Selection): Selection {
  const segments = outer.segments.map((list, axis) => list.flatMap((s) => within(inner.segments[axis]!, s)))
  const label = isRechunk(outer) ? inner.label : outer.label
  return new Selection(label, inner.inputs, 0, segments, outer.chunks, outer.annotations)
}

/** The places that places in a list of segments are. */
function within(list: readonly Segment[], { start, step, count }: Segment): Segment[] {
  if (list.length === 1) return [{ start: list[0]!.start + list[0]!.step * start, step: list[0]!.step * step, count }]
  const result: Segment[] = []
  for (let i = 0; i < count; ) {
    const place = start + step * i
    let first = 0
    let k = 0
    while (place >= first + list[k]!.count) first += list[k++]!.count
    const own = list[k]!
    // As many as lie in this one.
    const left =
      step === 0 ? count - i : step > 0 ? Math.ceil((first + own.count - place) / step) : Math.floor((place - first) / -step) + 1
    const take = Math.min(left, count - i)
    result.push({ start: own.start + (place - first) * own.step, step: own.step * step, count: take })
    i += take
  }
  return result
}

function throughElementwise(inner: Elementwise, e: Selection): ArrayExpression {
  const n = inner.chunks.length
  const inputs = inner.inputs.map((input): ArrayExpression => {
    const missing = n - input.chunks.length
    // What is stretched along an axis stays so, unless nothing is left along it.
    const own = input.shape.map((length, i) =>
      length === 1 && inner.shape[missing + i] !== 1 && e.shape[missing + i] !== 0 ? wholeAxis(1) : e.segments[missing + i]!,
    )
    const chunks = input.chunks.map((lengths, i) =>
      own[i]!.length === 1 && own[i]![0]!.count === 1 && lengths.length === 1 && lengths[0] === 1 ? [1] : e.chunks[missing + i]!,
    )
    return new Selection(e.label, [input], 0, own, chunks, e.annotations)
  })
  if (e.shape.includes(0)) return e
  return inner.withInputs(inputs)
}

function throughAxes(inner: RearrangedAxes, e: Selection): ArrayExpression {
  const input = inner.inputs[0]
  // New axes cannot be chosen from below.
  if (
    inner.order.some(
      (axis, i) => axis === null && !(e.segments[i]!.length === 1 && e.segments[i]![0]!.count === 1 && e.shape[i] === 1),
    )
  )
    return e
  const segments = input.shape.map((n, axis) =>
    inner.order.includes(axis) ? e.segments[inner.order.indexOf(axis)]! : wholeAxis(n),
  )
  const chunks = input.chunks.map((own, axis) => (inner.order.includes(axis) ? e.chunks[inner.order.indexOf(axis)]! : own))
  return rearranged(inner.label, new Selection(e.label, [input], 0, segments, chunks, e.annotations), inner.order)
}

function fromRule(source: RuleSource, e: Selection): ArrayExpression {
  const { rule } = source
  if (rule.kind === 'full') return new RuleSource(source.label, rule, source.dtype, e.chunks)
  if (isRechunk(e)) return new RuleSource(source.label, rule, source.dtype, e.chunks)
  const [segment] = e.segments[0] ?? []
  if (rule.kind !== 'range' || !isSlice(e) || !segment || source.dtype.startsWith('float')) return e
  const { start, step } = rule
  const next =
    typeof start === 'bigint' || typeof step === 'bigint'
      ? { start: BigInt(start) + BigInt(step) * BigInt(segment.start), step: BigInt(step) * BigInt(segment.step) }
      : { start: start + step * segment.start, step: step * segment.step }
  return new RuleSource(source.label, { kind: 'range', ...next }, source.dtype, e.chunks)
}

function fromData(source: DataSource, e: Selection): ArrayExpression {
  if (isRechunk(e)) return new DataSource(source.label, source.whole, e.chunks, source.token)
  if (!e.segments.every(([s]) => s!.step === 1)) return e
  const from = e.segments.map(([s]) => s!.start)
  const size = e.segments.map(([s]) => s!.count)
  if (shapeOf(e.chunks).some((n, axis) => n !== size[axis])) return e
  return new DataSource(
    source.label,
    partOf(source.whole, from, size),
    e.chunks,
    `${source.token} [${from.join()}] [${size.join()}]`,
  )
}

import { type Pass, rewrite } from '../expr/index.js'
import type { Expression } from '../expr/index.js'
import type { NodeId } from '../kernels/index.js'
import type { ArrayExpression } from './array-expression.js'
import { Elementwise, insertInput, labelOf, mayFuse, withFused } from './elementwise.js'
import { Assembly } from './program-parts.js'
import { Reduced } from './reduced.js'
import { RuleSource } from './sources.js'

/** Chains whose parts meet again are found one link at a time. */
const MOST_ROUNDS = 20

/** What uses elementwise results, and is all that does, computes them itself: a chain of operations is one kernel. */
export const fuseChains: Pass = {
  name: 'fuse',
  apply(roots) {
    let current = [...roots]
    for (let round = 0; round < MOST_ROUNDS; round++) {
      const next = rewrite(current, (e, uses) => fused(e, uses))
      if (next.every((e, i) => e === current[i])) break
      current = next
    }
    return current
  },
}

function fused(e: Expression, uses: (input: Expression) => number): Expression {
  if (!(e instanceof Elementwise || e instanceof Reduced)) return e
  const within = new Set<ArrayExpression>()
  for (const input of e.inputs) {
    if (isConstant(input) && e.inputs.some((i) => !isConstant(i) && coversShape(i, e))) within.add(input)
    else if (mayFuse(input, e) && uses(input) === 1 && sameChunksAs(input, e)) {
      // What must not be is looked for where values are written.
      if (!(e instanceof Reduced && input.guards.length > 0)) within.add(input)
    }
  }
  if (within.size === 0) return e
  return e instanceof Elementwise ? withFused(e, within) : reducedWithin(e, within)
}

/** An input that is stretched is computed once, not once for each place that it is stretched to. */
function sameChunksAs(input: ArrayExpression, e: Elementwise | Reduced): boolean {
  return (
    input.size === e.chunks.reduce((n, lengths) => n * lengths.length, 1) &&
    input.chunks.length === e.chunks.length &&
    sameSizes(input, e)
  )
}

const sameSizes = (input: ArrayExpression, e: Elementwise | Reduced): boolean =>
  input.chunks.every((lengths, axis) => !(lengths.length === 1 && lengths[0] === 1 && e.chunks[axis]![0] !== 1))

const isConstant = (e: ArrayExpression): boolean =>
  e instanceof RuleSource && e.rule.kind === 'full' && !e.dtype.startsWith('complex')

/** Whether an input by itself has the chunks of the result. */
const coversShape = (input: ArrayExpression, e: Elementwise | Reduced): boolean => sameChunksAs(input, e)

function reducedWithin(e: Reduced, within: ReadonlySet<ArrayExpression>): Reduced {
  const assembly = new Assembly<ArrayExpression>()
  const guards: { node: NodeId; message: string }[] = []
  const nodes = e.inputs.map((input) => insertInput(assembly, input, within, guards))
  const here = assembly.insert(e.program, e.scalars, (i) => nodes[i]!)
  for (const { reduction, node } of e.program.reductions) assembly.builder.reduce(reduction, here[node]!)
  const label = labelOf([...e.inputs.filter((i) => within.has(i)).map((i) => i.label), e.label])
  return new Reduced(
    label,
    assembly.inputs,
    { program: assembly.builder.build(), scalars: assembly.scalars },
    e.axes,
    e.splitEvery,
    e.annotations,
  )
}

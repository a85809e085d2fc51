import { type DType, type NodeId, type Program, ProgramBuilder, type Reduction, isInteger, kindOf } from '../kernels/index.js'

type StateTypes = readonly DType[]

const known = new Map<string, Program>()

/**
 * The program that merges the states of a reduction of some values with those of the values that follow: inputs are the one,
 * then the other.
 */
export function mergeProgram(reduction: Reduction, states: StateTypes): Program {
  const key = `${reduction} ${states.join()}`
  let program = known.get(key)
  if (!program) known.set(key, (program = write(reduction, states)))
  return program
}

function write(reduction: Reduction, states: StateTypes): Program {
  const p = new ProgramBuilder()
  const a = states.map((d) => p.input(d))
  const b = states.map((d) => p.input(d))
  for (const node of merged(p, reduction, states, a, b)) p.map(node)
  return p.build()
}

function merged(
  p: ProgramBuilder,
  reduction: Reduction,
  states: StateTypes,
  a: readonly NodeId[],
  b: readonly NodeId[],
): NodeId[] {
  switch (reduction) {
    case 'sum':
      if (states.length === 1) return [p.apply('add', a[0]!, b[0]!)]
      // Of complex numbers the real part comes first, then the imaginary one.
      return states.length === 2
        ? compensated(p, a[0]!, a[1]!, b[0]!, b[1]!)
        : [...compensated(p, a[0]!, a[1]!, b[0]!, b[1]!), ...compensated(p, a[2]!, a[3]!, b[2]!, b[3]!)]
    case 'prod':
      return [p.apply('multiply', a[0]!, b[0]!)]
    case 'min':
      return [p.apply('minimum', a[0]!, b[0]!)]
    case 'max':
      return [p.apply('maximum', a[0]!, b[0]!)]
    case 'any':
      return [p.apply('bitwiseOr', a[0]!, b[0]!)]
    case 'all':
      return [p.apply('bitwiseAnd', a[0]!, b[0]!)]
    case 'argmin':
    case 'argmax':
      return firstPlace(p, reduction, states[0]!, a, b)
    case 'moments':
      return moments(p, a, b)
  }
}

/** The sum of two sums, and what rounding took from it (Neumaier 1974). */
function compensated(p: ProgramBuilder, sum: NodeId, lost: NodeId, more: NodeId, moreLost: NodeId): NodeId[] {
  const total = p.apply('add', sum, more)
  const ofMore = p.apply('subtract', total, sum)
  const missing = p.apply('add', p.apply('subtract', sum, p.apply('subtract', total, ofMore)), p.apply('subtract', more, ofMore))
  return [total, p.apply('add', missing, p.apply('add', lost, moreLost))]
}

/** Of values and their places in the whole array, those of the better one; of equal ones the first. Places of −1 are none. */
function firstPlace(
  p: ProgramBuilder,
  reduction: 'argmin' | 'argmax',
  dtype: DType,
  [value, place, count]: readonly NodeId[],
  [otherValue, otherPlace, otherCount]: readonly NodeId[],
): NodeId[] {
  const none = p.apply('less', place!, p.constant(0, 'int64'))
  const otherThere = p.apply('greaterEqual', otherPlace!, p.constant(0, 'int64'))
  const before = p.apply('less', otherPlace!, place!)
  const comparable = kindOf(dtype) === 'bool' ? 'uint8' : dtype
  const x = p.cast(value!, comparable)
  const y = p.cast(otherValue!, comparable)
  let better = p.apply(reduction === 'argmin' ? 'less' : 'greater', y, x)
  let equal = p.apply('equal', y, x)
  if (!isInteger(comparable)) {
    const xNaN = p.apply('isnan', x)
    const yNaN = p.apply('isnan', y)
    better = p.apply('logicalOr', better, p.apply('logicalAnd', yNaN, p.apply('logicalNot', xNaN)))
    equal = p.apply('logicalOr', equal, p.apply('logicalAnd', yNaN, xNaN))
  }
  const wins = p.apply('logicalOr', better, p.apply('logicalAnd', equal, before))
  const takes = p.apply('logicalAnd', otherThere, p.apply('logicalOr', none, wins))
  return [
    p.apply('where', takes, otherValue!, value!),
    p.apply('where', takes, otherPlace!, place!),
    p.apply('add', count!, otherCount!),
  ]
}

/** Counts, means and squared distances of two parts together (Chan, Golub and LeVeque 1979). */
function moments(
  p: ProgramBuilder,
  [countA, meanA, spreadA]: readonly NodeId[],
  [countB, meanB, spreadB]: readonly NodeId[],
): NodeId[] {
  const float = (value: number): NodeId => p.constant(value, 'float64')
  const count = p.apply('add', countA!, countB!)
  const share = p.apply('divide', countB!, p.apply('maximum', count, float(1)))
  const distance = p.apply('subtract', meanB!, meanA!)
  // Infinite means would give NaN where one of them only is infinite; and of nothing the mean does not count.
  const finite = p.apply('less', p.apply('absolute', distance), float(Infinity))
  const mean = p.apply(
    'where',
    finite,
    p.apply('add', meanA!, p.apply('multiply', distance, share)),
    p.apply('add', meanA!, meanB!),
  )
  const apart = p.apply('multiply', p.apply('multiply', distance, distance), p.apply('multiply', countA!, share))
  const spread = p.apply('add', p.apply('add', spreadA!, spreadB!), apart)
  const noneB = p.apply('equal', countB!, float(0))
  const noneA = p.apply('equal', countA!, float(0))
  const pick = (ofA: NodeId, ofB: NodeId, both: NodeId): NodeId =>
    p.apply('where', noneB, ofA, p.apply('where', noneA, ofB, both))
  return [count, pick(meanA!, meanB!, mean), pick(spreadA!, spreadB!, spread)]
}

import { type Named, type Relation, aggregated, projected } from '../plan/relation.js'
import { type Scalar, call, cast, choose, column, dependsOnOrder, literal, mapScalar } from '../plan/scalar.js'
import { type Type, boolean, classOf, double } from '../plan/type.js'

/** Values of groups in two steps: of the rows of each partition, and of what those gave. */
export interface TwoSteps {
  readonly partial: readonly Named[]
  readonly final: readonly Named[]
}

const count: Type = { sql: 'BIGINT' }
const moments: Type = { sql: 'DOUBLE[]' }

/** What aggregates are in two steps; undefined where one of them needs all rows of a group at once. */
export function twoSteps(values: readonly Named[]): TwoSteps | undefined {
  const partial: Named[] = []
  const known = new Map<string, Scalar>()
  const keep = (value: Scalar, type: Type = value.type): Scalar => {
    const key = JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? `${part}n` : part))
    let name = known.get(key)
    if (name === undefined) {
      known.set(key, (name = column(`partial_${partial.length}__`, type)))
      partial.push([`partial_${partial.length}__`, value])
    }
    return name
  }
  let possible = true
  const final = values.map(([name, value]): Named => {
    const changed = mapScalar(value, (part) => {
      if (part.kind !== 'aggregate') return part
      const split = splitOf(part, keep)
      if (split === undefined) possible = false
      return split ?? part
    })
    return [name, changed]
  })
  return possible ? { partial, final } : undefined
}

type Aggregate = Scalar & { kind: 'aggregate' }

function aggregate(name: string, type: Type, ...args: Scalar[]): Aggregate {
  return { kind: 'aggregate', name, args, distinct: false, type }
}

function splitOf(part: Aggregate, keep: (value: Scalar, type?: Type) => Scalar): Scalar | undefined {
  const { name, args, distinct, type } = part
  // Whatever else it says (an order, a condition) is not known here.
  const plain = Object.keys(part).every((key) => ['kind', 'name', 'args', 'distinct', 'type'].includes(key))
  if (distinct || !plain) return undefined
  // The place of a row is one among all rows, which a partition does not know.
  if (!name.startsWith('arg_') && args.some(dependsOnOrder)) return undefined
  const [x, y] = args
  switch (name) {
    case 'count':
      return cast(aggregate('sum', { sql: 'HUGEINT' }, keep(part)), count)
    case 'sum':
    case 'min':
    case 'max':
    case 'bool_or':
    case 'bool_and':
    case 'product':
      return { ...part, args: [keep(part)] }
    case 'avg': {
      const total = keep(aggregate('sum', sumType(x!.type), x!))
      const n = aggregate('sum', { sql: 'HUGEINT' }, keep(aggregate('count', count, x!)))
      const mean = call('/', double, { kind: 'cast', arg: aggregate('sum', total.type, total), type: double }, n)
      return choose(call('=', boolean, n, literal(0, { sql: 'INTEGER' })), literal(null, double), mean, double)
    }
    case 'var_samp':
    case 'stddev_samp': {
      const n = keep(aggregate('count', count, x!))
      const mean = keep(aggregate('avg', double, x!))
      const spread = keep(aggregate('var_pop', double, x!))
      const all = aggregate('list', { sql: 'DOUBLE[][]' }, call('moments_of', moments, n, mean, spread))
      return call(name === 'var_samp' ? 'moments_variance' : 'moments_deviation', double, call('moments_merged', moments, all))
    }
    case 'arg_min':
    case 'arg_max': {
      if (y === undefined || args.length > 2) return undefined
      const place = choose(call('IS NOT NULL', boolean, x!), y, literal(null, y.type), y.type)
      const by = keep(aggregate(name === 'arg_min' ? 'min' : 'max', y.type, place))
      return aggregate(name === 'arg_min' ? 'min_by' : 'max_by', type, keep(part), by)
    }
    default:
      return undefined
  }
}

function sumType(type: Type): Type {
  const of = classOf(type)
  return of === 'double' ? double : of === 'decimal' ? type : { sql: 'HUGEINT' }
}

const counted = 'counted__'

/**
 * Where all that is asked is how many different values of one kind there are: a count over rows that are all different, so that the
 * values of one group may be in several partitions; undefined of others.
 */
export function countedOnce(relation: Relation & { kind: 'aggregate' }): (Relation & { kind: 'aggregate' }) | undefined {
  const found = new Map<string, Scalar>()
  let isCount = true
  const values = relation.values.map(([name, value]): Named => {
    const counts = mapScalar(value, (part) => {
      if (part.kind !== 'aggregate') return part
      const [of] = part.args
      const plain = Object.keys(part).every((key) => ['kind', 'name', 'args', 'distinct', 'type'].includes(key))
      if (part.name !== 'count' || !part.distinct || part.args.length !== 1 || !plain || dependsOnOrder(of!)) isCount = false
      else
        found.set(
          JSON.stringify(of, (_, each: unknown) => (typeof each === 'bigint' ? `${each}n` : each)),
          of!,
        )
      return aggregate('count', part.type, column(counted, of?.type ?? part.type))
    })
    return [name, counts]
  })
  if (!isCount || found.size !== 1) return undefined
  const keys = relation.keys.map(([, value], i): Named => [`key_${i}__`, value])
  const input = projected(relation.input, [...keys, [counted, [...found.values()][0]!]])
  const once: Relation = { kind: 'distinct', input, on: undefined, columns: input.columns }
  const again = relation.keys.map(([name, value], i): Named => [name, column(`key_${i}__`, value.type)])
  return { ...aggregated(once, again, values), columns: relation.columns } as Relation & { kind: 'aggregate' }
}

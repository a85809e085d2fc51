import { type Relation, inputsOf } from './relation.js'
import { type Scalar, column, dependsOnOrder, someScalar } from './scalar.js'

/**
 * What a step must know of where its rows are, when they are in several partitions. Everything that is not said here works on
 * each partition by itself.
 */
export interface Needs {
  /**
   * rows that are equal in these must be in one partition; `undefined`: it does not matter where rows are; none named: all rows
   * must be in one
   */
  readonly together: readonly Scalar[] | undefined
  /** it goes by the order of rows, from one partition to the next */
  readonly order: boolean
}

const nothing: Needs = { together: undefined, order: false }

/** What a step needs of one of its inputs. */
export function needsOf(relation: Relation, input = 0): Needs {
  switch (relation.kind) {
    case 'scan':
    case 'table':
    case 'filter':
    case 'union':
    case 'explode':
      return nothing
    case 'project':
      return ofWindows(relation.values.map(([, value]) => value))
    case 'aggregate':
      return {
        together: relation.keys.map(([, value]) => value),
        order: relation.values.some(([, value]) => dependsOnOrder(value)),
      }
    case 'sort':
    case 'sql':
      return { together: [], order: relation.kind === 'sql' }
    case 'limit':
      return { together: [], order: true }
    case 'distinct': {
      const on = relation.on ?? relation.columns.map((each) => each.name)
      return { together: columns(relation, 0, on), order: relation.on !== undefined }
    }
    case 'join':
      return {
        together: columns(
          relation,
          input,
          relation.on.map((pair) => pair[input]!),
        ),
        order: false,
      }
    case 'asof':
      // Of rows of the right that are equally near one is taken by its place.
      return {
        together: columns(
          relation,
          input,
          relation.by.map((pair) => pair[input]!),
        ),
        order: input === 1,
      }
  }
}

/** Windows see the rows of their groups; two that go by different keys see all rows together. */
function ofWindows(values: readonly Scalar[]): Needs {
  const windows: (Scalar & { kind: 'window' })[] = []
  for (const value of values) {
    someScalar(value, (part) => {
      if (part.kind === 'window') windows.push(part)
      return false
    })
  }
  const [first] = windows
  if (first === undefined) return nothing
  const key = JSON.stringify(first.by)
  const together = windows.every((window) => JSON.stringify(window.by) === key) ? first.by : []
  return { together, order: together.length === 0 || windows.some(dependsOnOrder) }
}

function columns(relation: Relation, input: number, names: readonly string[]): Scalar[] {
  const of = inputsOf(relation)[input]!
  return names.map((name) => column(name, of.columns.find((each) => each.name === name)!.type))
}

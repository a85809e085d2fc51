import { type Scalar, columnsOf, scalarParts } from '../plan/scalar.js'

/** The columns that all windows are by, if those are columns; undefined where all rows are needed. */
export function windowKeys(scalars: readonly Scalar[]): readonly string[] | undefined {
  const windows: (Scalar & { kind: 'window' })[] = []
  const visit = (scalar: Scalar): void => {
    if (scalar.kind === 'window') windows.push(scalar)
    scalarParts(scalar).forEach(visit)
  }
  scalars.forEach(visit)
  const first = windows[0]!.by.map(nameOf)
  const alike = windows.every(
    ({ by, rows, order }) =>
      by.length === first.length &&
      by.every((each, i) => nameOf(each) === first[i]) &&
      !(rows !== undefined && order.length === 0),
  )
  // A window without an order that goes by the order of rows would find another one after they were dealt out.
  const unordered = windows.every(({ of, order }) => order.length > 0 || (of.kind === 'aggregate' && !ofOrder(of)))
  if (first.length === 0 || first.includes(undefined) || !alike || !unordered) return undefined
  return first as string[]
}

/** Whether an aggregate depends on the order of rows. */
export function ofOrder({ name, args }: Scalar & { kind: 'aggregate' }): boolean {
  return (
    /^(arg_|first|last|list|array_agg|string_agg|any_value|min_by|max_by)/.test(name) ||
    args.some((arg) => columnsOf(arg).has('__row'))
  )
}

export function nameOf(scalar: Scalar): string | undefined {
  return scalar.kind === 'column' ? scalar.name : undefined
}

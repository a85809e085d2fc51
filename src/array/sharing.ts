import { isDeepStrictEqual } from 'node:util'
import { type Expression, type Pass, rewrite, sorted } from '../expr/index.js'
import { Assembly } from './program-parts.js'
import type { ArrayExpression } from './array-expression.js'
import { labelOf } from './elementwise.js'
import { Finished, Reduced } from './reduced.js'
import { stateCount } from './state-types.js'

/** Reductions of the same values along the same axes become one, which goes over them once: mean and std of one array, say. */
export const shareReductions: Pass = {
  name: 'share reductions',
  apply(roots) {
    const families: Reduced[][] = []
    for (const e of sorted(roots)) {
      if (!(e instanceof Reduced)) continue
      const family = families.find(([first]) => areTogether(first!, e))
      if (family) family.push(e)
      else families.push([e])
    }
    const merged = new Map<Reduced, { readonly reduced: Reduced; readonly places: readonly number[] }>()
    for (const family of families) if (family.length > 1) merge(family, merged)
    if (merged.size === 0) return [...roots]
    return rewrite(roots, (e): Expression => {
      const found = e instanceof Finished ? merged.get(e.inputs[0]) : undefined
      return found
        ? (e as Finished).over(
            found.reduced,
            (e as Finished).states.map((s) => found.places[s]!),
          )
        : e
    })
  },
}

function areTogether(a: Reduced, b: Reduced): boolean {
  return (
    a.inputs.length === b.inputs.length &&
    a.inputs.every((input, i) => input === b.inputs[i]) &&
    a.axes.join() === b.axes.join() &&
    a.splitEvery === b.splitEvery &&
    isDeepStrictEqual(a.annotations ?? {}, b.annotations ?? {})
  )
}

function merge(family: readonly Reduced[], merged: Map<Reduced, { reduced: Reduced; places: readonly number[] }>): void {
  const assembly = new Assembly<ArrayExpression>()
  const first = family[0]!
  const nodes = first.inputs.map((input) => assembly.input(input, input.dtype))
  /** the first state of each reduction that there is, by what is reduced how */
  const known = new Map<string, number>()
  let next = 0
  const places = family.map((e) => {
    const here = assembly.insert(e.program, e.scalars, (i) => nodes[i]!)
    return e.program.reductions.flatMap(({ reduction, node }) => {
      const key = `${reduction} ${here[node]}`
      const count = stateCount(reduction, e.program.nodes[node]!.dtype)
      let at = known.get(key)
      if (at === undefined) {
        at = next
        next += count
        known.set(key, at)
        assembly.builder.reduce(reduction, here[node]!)
      }
      return Array.from({ length: count }, (_, i) => at + i)
    })
  })
  const label = labelOf(family.map((e) => e.label))
  const program = assembly.builder.build()
  const reduced = new Reduced(
    label,
    assembly.inputs,
    { program, scalars: assembly.scalars },
    first.axes,
    first.splitEvery,
    first.annotations,
  )
  family.forEach((e, i) => merged.set(e, { reduced, places: places[i]! }))
}

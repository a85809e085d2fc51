import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Packed } from './packed.js'

/** What NumPy gave of a function (test/oracle/array_operations.py, array_names.py). */
export interface Case {
  readonly name: string
  /** arguments in front of the arrays */
  readonly first?: readonly unknown[]
  readonly inputs: readonly Packed[]
  readonly args: readonly unknown[]
  readonly results: readonly Packed[]
  readonly tolerance: number
}

const cases = ['array-operations', 'array-names'].flatMap((name) => {
  const file = fileURLToPath(new URL(`../../../test/oracle/fixtures/${name}.json`, import.meta.url))
  return (JSON.parse(readFileSync(file, 'utf8')) as { readonly cases: readonly Case[] }).cases
})

/** A function of `heddle/array`. */
export type AnyFunction = (...args: readonly unknown[]) => unknown

/** By function, in the order of the fixtures. */
export const casesByName = grouped()

function grouped(): Map<string, Case[]> {
  const result = new Map<string, Case[]>()
  for (const c of cases) result.set(c.name, [...(result.get(c.name) ?? []), c])
  return result
}

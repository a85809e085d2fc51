import type { UserFunction } from './steps.js'

/** How a bag becomes one value, as plain data: see reducers.ts. */
export type Reduction = { readonly label: string } & (
  | { readonly kind: 'count' | 'sum' | 'mean' | 'any' | 'all' }
  | { readonly kind: 'min' | 'max' /** the bag, for messages */; readonly of: string }
  | { readonly kind: 'var' | 'std'; readonly ddof: number }
  | { readonly kind: 'frequencies'; readonly sort: boolean }
  | { readonly kind: 'distinct'; readonly by: UserFunction | undefined }
  | { readonly kind: 'topk'; readonly k: number; readonly by: UserFunction | undefined }
  | {
      readonly kind: 'fold'
      readonly step: UserFunction
      readonly combine: UserFunction
      readonly initial: { readonly value: unknown } | undefined
      readonly of: string
    }
  | {
      readonly kind: 'foldBy'
      readonly key: UserFunction
      readonly step: UserFunction
      readonly combine: UserFunction
      readonly initial: unknown
    }
  | { readonly kind: 'reduction'; readonly perPartition: UserFunction; readonly aggregate: UserFunction }
  | { readonly kind: 'sample' | 'choices'; readonly k: number; readonly seed: number }
)

/** The function of the user that a reduction calls for each item, for messages. */
export function sourceOf(r: Reduction): UserFunction | undefined {
  switch (r.kind) {
    case 'distinct':
    case 'topk':
      return r.by
    case 'fold':
    case 'foldBy':
      return r.step
    case 'reduction':
      return r.perPartition
    default:
      return undefined
  }
}

/** The function of the user that merges parts, for messages. */
export function mergeSourceOf(r: Reduction): UserFunction | undefined {
  switch (r.kind) {
    case 'distinct':
      return r.by
    case 'fold':
    case 'foldBy':
      return r.combine
    case 'reduction':
      return r.aggregate
    default:
      return undefined
  }
}

/** What the tasks that merge parts share. */
export interface Merging {
  readonly reduction: Reduction
  /** whether this is the last merge, which gives the result */
  readonly last: boolean
}

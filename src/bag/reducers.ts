import { counting, quantifying } from './counting.js'
import { choosing, drawing } from './drawing.js'
import { folding, foldingByKey, ofPartitions } from './folding.js'
import { distinguishing, tallying } from './keyed.js'
import { comparing, moments, summing } from './numeric.js'
import { ranking } from './ranking.js'
import { type Merging, type Reduction, mergeSourceOf, sourceOf } from './reduction.js'
import { type Run, blame, isThenable } from './run.js'
import type { Stage } from './steps.js'

/** One kind of reduction: its part of each partition, how parts that follow each other merge, and what the last one says. */
export interface Reducer<Part = unknown> {
  /** `end` gives the part, or promises it */
  collector(run: Run): {
    push(item: unknown): void
    pushMany?(items: readonly unknown[]): void
    end(): Part | PromiseLike<Part>
  }
  /** must not change the parts; `place` tells apart the merges of a reduction */
  merge(parts: readonly Part[], place: number): Part | PromiseLike<Part>
  finish(part: Part): unknown
}

function reducerOf(r: Reduction): Reducer {
  switch (r.kind) {
    case 'count':
      return counting()
    case 'any':
    case 'all':
      return quantifying(r.kind)
    case 'sum':
    case 'mean':
      return summing(r.kind)
    case 'min':
    case 'max':
      return comparing(r.kind, r.of)
    case 'var':
    case 'std':
      return moments(r.kind, r.ddof)
    case 'frequencies':
      return tallying(r.sort)
    case 'distinct':
      return distinguishing(r.by)
    case 'topk':
      return ranking(r.k, r.by)
    case 'fold':
      return folding(r)
    case 'foldBy':
      return foldingByKey(r)
    case 'reduction':
      return ofPartitions(r)
    case 'sample':
      return drawing(r.k, r.seed)
    case 'choices':
      return choosing(r.k, r.seed)
  }
}

/** The last stage of a pipeline that ends in a reduction: its value is the part of the partition. */
export function collect(reduction: Reduction, run: Run): Stage {
  const collector = reducerOf(reduction).collector(run)
  const source = sourceOf(reduction)
  const toBlame = (thrown: unknown): Error => blame(thrown, reduction.label, source)
  return {
    push(item) {
      try {
        collector.push(item)
      } catch (thrown) {
        throw toBlame(thrown)
      }
    },
    ...(collector.pushMany && {
      pushMany(items: readonly unknown[]) {
        try {
          collector.pushMany!(items)
        } catch (thrown) {
          throw toBlame(thrown)
        }
      },
    }),
    end() {
      try {
        const part = collector.end()
        return isThenable(part)
          ? part.then(undefined, (thrown: unknown) => {
              throw toBlame(thrown)
            })
          : part
      } catch (thrown) {
        throw toBlame(thrown)
      }
    },
  }
}

/** Merges parts that follow each other; the last merge gives the result. */
export function merge(parts: readonly unknown[], place: number, { reduction, last }: Merging): unknown {
  const reducer = reducerOf(reduction)
  const failed = (thrown: unknown): never => {
    throw blame(thrown, reduction.label, mergeSourceOf(reduction))
  }
  try {
    // What the user's own function makes of one part may differ from the part.
    const part = parts.length === 1 && reduction.kind !== 'reduction' ? parts[0] : reducer.merge(parts, place)
    if (isThenable(part)) return part.then((settled) => (last ? reducer.finish(settled) : settled)).then(undefined, failed)
    return last ? reducer.finish(part) : part
  } catch (thrown) {
    return failed(thrown)
  }
}

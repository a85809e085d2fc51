import { ArgumentError, describe } from '../base/index.js'
import { type WriteAvroOptions, type WriteTextOptions, writeAvro, writeText } from '../formats/index.js'
import type { TaskContext } from '../graph/index.js'
import { PartitionerError, ShuffleKeyError, movers } from '../shuffle/index.js'
import { collect } from './reducers.js'
import type { Reduction } from './reduction.js'
import { type Run, blame } from './run.js'
import { hashKey } from './keys.js'
import { ItemScatter } from './shuffle-write.js'
import type { ShuffleOptions } from './shuffled.js'
import type { Stage } from './steps.js'

/** What becomes of the items of a partition, as plain data. */
export type Sink =
  /** an array: a partition */
  | { readonly kind: 'array' }
  /** an array of the first `count` */
  | { readonly kind: 'take'; readonly count: number }
  /** its part of a reduction */
  | { readonly kind: 'reduce'; readonly reduction: Reduction }
  /** the partition, dealt out by key: see shuffle-write.ts */
  | ({ readonly kind: 'scatter' } & ShuffleOptions)
  /** a file; the paths are by partition, and the value is an array of the one that was written */
  | { readonly kind: 'text'; readonly paths: readonly string[]; readonly options: WriteTextOptions }
  | { readonly kind: 'avro'; readonly paths: readonly string[]; readonly options: WriteAvroOptions }

/** The last stage of a pipeline. */
export function sinkOf(sink: Sink, run: Run, context: TaskContext): Stage {
  switch (sink.kind) {
    case 'array': {
      const items: unknown[] = []
      return { push: (item) => items.push(item), end: () => items }
    }
    case 'take':
      return taking(sink.count, run)
    case 'reduce':
      return collect(sink.reduction, run)
    case 'scatter':
      return scattering(sink, run, context)
    case 'text': {
      const items: string[] = []
      return {
        push(item) {
          if (typeof item !== 'string') {
            throw blame(
              new ArgumentError(`toTextFiles writes texts, but an item is ${describe(item)}: map it to one first`),
              'toTextFiles',
              undefined,
            )
          }
          items.push(item)
        },
        end: async () => [await writeText(sink.paths[run.partition]!, items, sink.options)],
      }
    }
    case 'avro': {
      const items: unknown[] = []
      return {
        push: (item) => items.push(item),
        end: async () => [await writeAvro(sink.paths[run.partition]!, items, sink.options)],
      }
    }
  }
}

function taking(count: number, run: Run): Stage {
  const items: unknown[] = []
  run.stopped = count === 0
  return {
    push(item) {
      if (run.stopped) return
      items.push(item)
      run.stopped = items.length === count
    },
    end: () => items,
  }
}

function scattering({ label, outputs, key, partitioner }: Sink & { kind: 'scatter' }, run: Run, context: TaskContext): Stage {
  const { checkedPartitioner, hashPartitioner } = movers.code
  const scatter = new ItemScatter(
    context,
    outputs,
    partitioner
      ? checkedPartitioner(outputs, partitioner as (key: unknown, partitions: number) => number)
      : hashPartitioner(outputs, hashKey),
  )
  run.computes()
  run.await(scatter.joined)
  return {
    push(item) {
      let k: unknown
      try {
        k = (key as (item: unknown) => unknown)(item)
      } catch (thrown) {
        throw blame(thrown, label, key)
      }
      let full: boolean
      try {
        full = scatter.add(k, item)
      } catch (thrown) {
        throw blame(misplaced(thrown, scatter.number, run.partition), label, partitioner ?? key)
      }
      if (full) run.await(scatter.room())
    },
    end: () => scatter.finish(),
  }
}

/** The error that an item cannot be put anywhere, which says which one it is. */
function misplaced(thrown: unknown, item: number, partition: number): unknown {
  const place = `item ${item} of partition ${partition}`
  if (thrown instanceof PartitionerError) {
    thrown.message = `${place}: ${thrown.message}`
    return thrown
  }
  return thrown instanceof ArgumentError ? new ShuffleKeyError(`${place}: ${thrown.message}`, { cause: thrown }) : thrown
}

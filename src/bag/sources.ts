import { ArgumentError, describe } from '../base/index.js'
import {
  type CsvOptions,
  type FileBlock,
  type FilePart,
  type JsonOptions,
  type LongOptions,
  type TextOptions,
  avroBatches,
  csvBatches,
  jsonBatches,
  lineBatches,
} from '../formats/index.js'
import type { TaskContext } from '../graph/index.js'
import { fetchLines } from './fetch-lines.js'
import { Turns } from './turns.js'
import type { Run } from './run.js'
import type { Sealed } from '../shuffle/index.js'
import { readFirsts, readGroups, readPairs } from './shuffle-read.js'

/** Where the items of a partition come from, as plain data. Files, ranges and items are the tasks' own parameters. */
export type Source =
  /** the first input: a partition, or anything iterable */
  | { readonly kind: 'partition' }
  /** the task's own parameter: an array */
  | { readonly kind: 'items' }
  /** the integers from `own[0]` up to, not including, `own[1]` */
  | { readonly kind: 'range' }
  /** tuples of the items of the first `count` inputs */
  | { readonly kind: 'zip'; readonly count: number }
  /** pairs of each item of the first input with each of the second */
  | { readonly kind: 'product' }
  /** what an accumulation gave in the first input */
  | { readonly kind: 'accumulated' }
  /** what a shuffle has for one of its outputs, by key */
  | { readonly kind: 'groups' }
  | { readonly kind: 'firsts' }
  | { readonly kind: 'pairs' }
  | { readonly kind: 'text'; readonly options: TextOptions & { readonly includePath?: boolean } }
  | { readonly kind: 'json'; readonly options: JsonOptions }
  | { readonly kind: 'csv'; readonly options: CsvOptions }
  | { readonly kind: 'avro'; readonly options: LongOptions }
  | { readonly kind: 'url' }

/** Items of a partition: at once, or batch by batch. */
export type Items = Iterable<unknown> | AsyncIterable<readonly unknown[]>

/** The items of one partition. `values`: the task's inputs; `own`: its own parameter. */
export function open(source: Source, values: readonly unknown[], own: unknown, run: Run, context: TaskContext): Items {
  switch (source.kind) {
    case 'partition':
      return iterable(values[0])
    case 'items':
      return own as readonly unknown[]
    case 'range':
      return integers(own as readonly [number, number])
    case 'zip':
      return zipped(values.slice(0, source.count) as (readonly unknown[])[])
    case 'product':
      return pairs(values[0] as readonly unknown[], values[1] as readonly unknown[])
    case 'accumulated':
      return (values[0] as { readonly items: readonly unknown[] }).items
    case 'groups':
      run.computes()
      return readGroups(context, values[0] as Sealed, own as number)
    case 'firsts':
      run.computes()
      return readFirsts(context, values[0] as Sealed, own as number)
    case 'pairs':
      run.computes()
      return readPairs(context, values[0] as Sealed, values[1] as Sealed, own as number)
    case 'text':
      return parts(run, own as FileBlock, (part) => textBatches(part, source.options))
    case 'json':
      return parts(run, own as FileBlock, (part) => jsonBatches(part, source.options))
    case 'csv':
      return parts(run, own as FileBlock, (part) => csvBatches(part, source.options))
    case 'avro':
      return parts(run, own as FileBlock, (part) => avroBatches(part, source.options))
    case 'url':
      return fetched(own as string)
  }
}

function iterable(value: unknown): Iterable<unknown> {
  if (typeof value === 'string' || (typeof value === 'object' && value !== null && Symbol.iterator in value))
    return value as Iterable<unknown>
  throw new ArgumentError(`a partition must be an array or something else to iterate over, not ${describe(value)}`)
}

function* integers([start, end]: readonly [number, number]): Iterable<number> {
  for (let i = start; i < end; i++) yield i
}

function* zipped(lists: readonly (readonly unknown[])[]): Iterable<unknown[]> {
  const lengths = new Set(lists.map((list) => list.length))
  if (lengths.size > 1) {
    throw new ArgumentError(
      `zip: bags must have partitions of the same lengths, but here these have ${[...lists].map((l) => l.length).join(', ')} items`,
    )
  }
  for (let i = 0; i < lists[0]!.length; i++) yield lists.map((list) => list[i])
}

function* pairs(left: readonly unknown[], right: readonly unknown[]): Iterable<[unknown, unknown]> {
  for (const a of left) for (const b of right) yield [a, b]
}

async function* textBatches(
  part: FilePart,
  options: TextOptions & { readonly includePath?: boolean },
): AsyncGenerator<readonly unknown[]> {
  for await (const lines of lineBatches(part, options)) yield options.includePath ? lines.map((line) => [line, part.path]) : lines
}

async function* fetched(url: string): AsyncGenerator<readonly unknown[]> {
  yield await fetchLines(url)
}

/**
 * Readers compute more than they wait. Only where functions of the user wait too, several take turns in a thread; more of
 * them would do no more, and hold more memory.
 */
const turns = new Turns(4)

async function* parts(
  run: Run,
  block: FileBlock,
  read: (part: FilePart) => AsyncIterable<readonly unknown[]>,
): AsyncGenerator<readonly unknown[]> {
  if (turns.isFree) run.computes()
  await turns.take()
  try {
    for (const part of block.parts) yield* read(part)
  } finally {
    turns.give()
  }
}

import type { Expression } from '../../expr/index.js'
import { type Relation, inputsOf, scalarsOf } from '../plan/relation.js'
import { type Scalar, mapScalar } from '../plan/scalar.js'
import { quoteName } from '../sql/literal.js'
import { relationSql } from '../sql/relation-sql.js'
import { Fragment, type FragmentInput, SealedTables } from './fragment.js'
import type { OwnSql } from './own-sql.js'
import { type HashedBy, type Pipe, type Source, type Take, hashedAs, isHashedBy, leafOf, pipeOf, typeOf } from './pipe.js'
import { isFiltered, isRowByRow, leafSql, mostReadings, overLeaf } from './read-again.js'
import { type Sink, type Slot, rowMark, slotMark } from './run-fragment.js'

/** How a plan is cut. */
export interface PlannerOptions {
  /** how many tasks run at once */
  readonly concurrency: number
  /** how many rows a partition should have */
  readonly partitionRows: number
  /** how many bytes of files a partition should be made of at most */
  readonly partitionBytes: number
  /** up to so many rows are put together in one partition, or sent to all, instead of being dealt out */
  readonly gatherRows: number
  /** how many partitions one step of a tree combines */
  readonly splitEvery: number
  /** so many parts of files are read, the first; all unless told */
  readonly pieces?: number
}

/** The fragments of a plan, and the ways in which rows come from one to the next. */
export class Cuts {
  /** everything that runs, in the order in which it was planned */
  readonly fragments: Fragment[] = []
  readonly #options: PlannerOptions

  constructor(options: PlannerOptions) {
    this.#options = options
  }

  /** What was planned so far runs for itself. */
  cut(pipe: Pipe): Pipe {
    const expression = this.materialised(pipe, false)
    const leaf = leafOf(pipe.relation, 'rows')
    return { ...pipeOf(leaf, { kind: 'each', expression, exact: true }, expression.size, pipe.rows), hashed: pipe.hashed }
  }

  /** The rows of all partitions, in their order, in one. */
  inOnePartition(pipe: Pipe): Pipe {
    if (pipe.partitions === 1 && pipe.sources.every(({ take }) => take.kind !== 'shuffled')) return pipe
    // What leaves most rows out is worth several readers.
    const isCheap = pipe.rows <= this.#options.gatherRows || !isFiltered(pipe.relation)
    if (isCheap && this.canReadAgain(pipe, 1)) return this.readBy(pipe, [undefined])
    const expression = this.materialised(pipe, false)
    return { ...pipeOf(leafOf(pipe.relation, 'rows'), { kind: 'all', expression, exact: true }, 1, pipe.rows) }
  }

  /**
   * The rows of all partitions in one: what so many neighbours have is combined into one partition, and so on.
   * @param combine makes of the rows of several partitions fewer rows with the same columns, which say the same
   */
  inTree(pipe: Pipe, splitEvery: number, combine: (pipe: Pipe) => Pipe): Pipe {
    let level = pipe
    while (level.partitions > splitEvery) {
      const expression = this.materialised(level, false)
      const take: Take = { kind: 'some', expression, every: splitEvery }
      const count = Math.ceil(level.partitions / splitEvery)
      const some = combine(pipeOf(leafOf(level.relation, 'rows'), take, count, level.rows))
      const combined = this.fragment('combine', some, { kind: 'table' })
      level = pipeOf(leafOf(some.relation, 'rows'), { kind: 'each', expression: combined, exact: true }, count, level.rows)
    }
    return this.inOnePartition(level)
  }

  /** A relation whose rows every partition of another has. */
  everywhere(pipe: Pipe, partitions: number): Pipe {
    if (pipe.rows <= this.#options.gatherRows && this.canReadAgain(pipe, 1))
      return this.readBy(
        pipe,
        Array.from({ length: partitions }, () => undefined),
      )
    const met = this.inOnePartition(pipe)
    if (met.sources.length === 1 && met.sources[0]!.take.kind === 'all') return met
    // Else each partition would compute it for itself.
    const expression = this.materialised(met, false)
    const leaf = leafOf(met.relation, 'table')
    return pipeOf(leaf, { kind: 'all', expression, exact: true }, 1, pipe.rows)
  }

  /** Rows that are equal in these columns in the same partition, wherever they are now. */
  together(pipe: Pipe, by: readonly string[]): Pipe {
    if (pipe.partitions === 1 || isHashedBy(pipe, by)) return pipe
    if (pipe.rows <= this.#options.gatherRows) return this.inOnePartition(pipe)
    return this.dealtOut(pipe, by)
  }

  /** @param as what the columns are compared as, as SQL types; '' as they are */
  dealtOut(pipe: Pipe, by: readonly string[], as?: readonly string[], outputs = this.outputs(pipe)): Pipe {
    const types = as ?? by.map((name) => hashedAs(typeOf(pipe.relation, name), typeOf(pipe.relation, name)) ?? '')
    const hashed = by.map((name, i): HashedBy => [name, types[i]!])
    if (this.canReadAgain(pipe, outputs)) {
      const [{ leaf }] = pipe.sources as [Source]
      const own = by.map((name, i) => {
        const sql = leafSql(pipe.relation, leaf, name)
        return types[i] === '' ? sql : `CAST(${sql} AS ${types[i]})`
      })
      const parts = Array.from({ length: outputs }, (_, i) => `hash(${own.join(', ')}) % ${outputs} = ${i}`)
      return { ...this.readBy(pipe, parts), hashed }
    }
    const part = `CAST(${this.hashOf(by, types)} % ${outputs} AS INTEGER)`
    const transfers = this.fragment('deal out', pipe, { kind: 'shuffle', outputs, part })
    return { ...this.received(transfers, outputs, pipe), hashed }
  }

  /** What two fragments read. Files are read twice rather than kept in between. */
  readTwice(pipe: Pipe): Pipe {
    const isFiles = pipe.sources.every(({ take }) => take.kind === 'own') && functionsOf(pipe.relation).length === 0
    return isFiles ? pipe : this.cut(pipe)
  }

  /** Whether it is cheaper that so many partitions read the files and keep what is theirs. */
  canReadAgain({ sources, relation }: Pipe, times: number): boolean {
    const [only] = sources
    return (
      sources.length === 1 &&
      only!.take.kind === 'own' &&
      only!.take.whole !== undefined &&
      times <= mostReadings &&
      isRowByRow(relation, only!.leaf)
    )
  }

  /** Partitions that read all files for themselves, and of their rows those for which a condition of their own is true. */
  readBy(pipe: Pipe, conditions: readonly (string | undefined)[]): Pipe {
    const [{ leaf, take }] = pipe.sources as [Source & { readonly take: Take & { readonly kind: 'own' } }]
    // The same files may be read in another way elsewhere in a statement.
    const other = leafOf(leaf, leaf.label)
    const own: Take = { kind: 'own', sql: conditions.map((where) => take.whole!(where)) }
    return {
      relation: overLeaf(pipe.relation, leaf, other),
      sources: [{ leaf: other, take: own }],
      partitions: conditions.length,
      rows: pipe.rows,
    }
  }

  outputs({ rows, partitions }: Pipe): number {
    const { concurrency, partitionRows } = this.#options
    const wanted = rows === Infinity ? partitions : Math.ceil(rows / partitionRows)
    return Math.max(1, wanted, Math.min(concurrency, partitions))
  }

  hashOf(by: readonly string[], types: readonly string[]): string {
    return `hash(${by.map((name, i) => (types[i] === '' ? quoteName(name) : `CAST(${quoteName(name)} AS ${types[i]})`)).join(', ')})`
  }

  received(transfers: Fragment, outputs: number, pipe: Pipe): Pipe {
    const expression = new SealedTables(transfers, outputs)
    return pipeOf(leafOf(pipe.relation, 'shuffled'), { kind: 'shuffled', expression }, outputs, pipe.rows)
  }

  /** The tables of a pipe's partitions. @param exact whether they must have its columns and no others */
  materialised(pipe: Pipe, exact: boolean): Expression {
    const [only] = pipe.sources
    if (only && pipe.relation === only.leaf && only.take.kind === 'each' && (only.take.exact || !exact))
      return only.take.expression
    return this.fragment(labelOf(pipe.relation), pipe, { kind: 'table' })
  }

  fragment(label: string, pipe: Pipe, sink: Sink, wrap = (sql: string) => sql, more: readonly FragmentInput[] = []): Fragment {
    const slots: Slot[] = []
    const inputs: FragmentInput[] = []
    const own: (readonly OwnSql[])[] = []
    pipe.sources.forEach(({ take }) => {
      if (take.kind === 'own') {
        slots.push({ kind: 'own' })
        own.push(take.sql)
        return
      }
      const { expression } = take
      if (take.kind === 'shuffled') {
        slots.push({ kind: 'shuffled' })
        inputs.push({ expression, mode: 'one' })
      } else if (take.kind === 'some') {
        slots.push({ kind: 'tables', inputs: take.every, of: expression.size })
        inputs.push({ expression, mode: take.every })
      } else {
        slots.push({ kind: 'tables', inputs: take.kind === 'all' ? expression.size : 1 })
        inputs.push({ expression, mode: take.kind })
      }
    })
    const numbers = new Map(pipe.sources.map(({ leaf }, i) => [leaf as Relation, i]))
    const sql = wrap(relationSql(pipe.relation, (leaf) => slotMark(numbers.get(leaf)!), rowMark))
    const spec = { sql, slots, functions: functionsOf(pipe.relation), sink }
    const owns = own.length === 0 ? undefined : Array.from({ length: pipe.partitions }, (_, i) => own.map((list) => list[i]!))
    const fragment = new Fragment(label, pipe.partitions, spec, [...inputs, ...more], owns)
    this.fragments.push(fragment)
    return fragment
  }
}

function functionsOf(relation: Relation): readonly (Scalar & { kind: 'js' })['fn'][] {
  const found = new Map<string, (Scalar & { kind: 'js' })['fn']>()
  const seen = new Set<Relation>()
  const visit = (of: Relation): void => {
    if (seen.has(of)) return
    seen.add(of)
    for (const scalar of scalarsOf(of)) {
      mapScalar(scalar, (part) => {
        if (part.kind === 'js') found.set(part.fn.name, part.fn)
        return part
      })
    }
    inputsOf(of).forEach(visit)
  }
  visit(relation)
  return [...found.values()]
}

function labelOf(relation: Relation): string {
  switch (relation.kind) {
    case 'table':
      return 'read'
    case 'filter':
    case 'project':
      return labelOf(relation.input) === 'read' ? 'read' : relation.kind
    default:
      return relation.kind
  }
}

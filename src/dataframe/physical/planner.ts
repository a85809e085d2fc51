import type { Expression } from '../../expr/index.js'
import type { Database, RowsSource } from '../../duckdb/index.js'
import { database } from '../databases.js'
import { filled } from '../execute.js'
import {
  type Named,
  type Relation,
  aggregated,
  identity,
  inputsOf,
  limited,
  projected,
  scalarsOf,
  sorted,
  withInputs,
} from '../plan/relation.js'
import { type Scalar, column, columnsOf, dependsOnOrder, hasWindow, mapScalar, scalarParts, someScalar } from '../plan/scalar.js'
import { type Type, classOf } from '../plan/type.js'
import { quoteName } from '../sql/literal.js'
import { relationSql } from '../sql/relation-sql.js'
import { sortSql } from '../sql/scalar-sql.js'
import { Bounds, Fragment, type FragmentInput, SealedTables, Together } from './fragment.js'
import { HotKeys } from './find-hot-keys.js'
import { type Side, keySampleSql, spreadSides } from './hot-keys.js'
import type { OwnSql } from './own-sql.js'
import { mostGroups } from './most-groups.js'
import { countedOnce, stepsOf } from './partial-aggregates.js'
import { piecesOf } from './pieces.js'
import { type WholeFiles, isFiltered, isRowByRow, leafSql, mostReadings, overLeaf } from './read-again.js'
import { type Sink, type Slot, inRangeMark, rowMark, slotMark } from './run-fragment.js'
import { GivenRows, GivenTable, type LocalSource, type PartsSource, tableHere } from './table-parts.js'

type Leaf = Relation & { kind: 'table' }

/** Where the rows of a leaf come from, for each partition. */
type Take =
  /** `whole`: of files that may be read more than once */
  | { readonly kind: 'own'; readonly sql: readonly OwnSql[]; readonly whole?: WholeFiles | undefined }
  | { readonly kind: 'each' | 'all'; readonly expression: Expression; readonly exact: boolean }
  /** of so many neighbours */
  | { readonly kind: 'some'; readonly expression: Expression; readonly every: number }
  | { readonly kind: 'shuffled'; readonly expression: SealedTables }

interface Source {
  readonly leaf: Leaf
  readonly take: Take
}

/** What one statement for each partition can do: a relation over leaves. */
interface Pipe {
  readonly relation: Relation
  readonly sources: readonly Source[]
  readonly partitions: number
  /** how many rows there are at most, as far as one can know */
  readonly rows: number
  /** rows that are equal in these columns are in the same partition: that of the number which hashes of the values give */
  readonly hashed?: readonly HashedBy[] | undefined
}

/** A column that rows are dealt out by, and the type that its values are hashed as: see `hashedAs`. */
type HashedBy = readonly [name: string, as: string]

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

export interface PhysicalPlan {
  readonly root: Expression
  /** how many rows there are at most, as far as one can know */
  readonly rows: number
  /** tables that must be brought before it can run */
  readonly given: readonly GivenTable[]
  /** everything that runs, in the order in which it was planned */
  readonly fragments: readonly Fragment[]
  /** how groups meet, and why, in words */
  readonly choices: readonly string[]
}

/**
 * Cuts an optimised plan at the places where rows must meet rows of other partitions. What is between them is one statement
 * for each partition. What is not known here runs in one partition, over all rows of its inputs.
 */
export function physicalPlan(plan: Relation, options: PlannerOptions): PhysicalPlan {
  return new Planner(plan, options).plan()
}

class Planner {
  readonly #plan: Relation
  readonly #options: PlannerOptions
  readonly #uses = new Map<Relation, number>()
  readonly #pipes = new Map<Relation, Pipe>()
  readonly #rows = new Map<RowsSource, GivenRows>()
  readonly #given: GivenTable[] = []
  readonly #fragments: Fragment[] = []
  readonly #keptTogether = new Set<Relation>()
  readonly #choices: string[] = []

  constructor(plan: Relation, options: PlannerOptions) {
    this.#plan = plan
    this.#options = options
    this.#count(plan)
  }

  plan(): PhysicalPlan {
    const pipe = this.#pipe(this.#plan)
    const root = this.#materialised(pipe, true)
    return { root, rows: pipe.rows, fragments: this.#fragments, given: this.#given, choices: this.#choices }
  }

  #count(relation: Relation): void {
    const uses = (this.#uses.get(relation) ?? 0) + 1
    this.#uses.set(relation, uses)
    if (uses === 1) inputsOf(relation).forEach((input) => this.#count(input))
  }

  #pipe(relation: Relation): Pipe {
    const known = this.#pipes.get(relation)
    if (known) return known
    let pipe = this.#own(relation)
    // What is used twice is computed once.
    if (this.#uses.get(relation)! > 1 && relation.kind !== 'scan' && relation.kind !== 'table') pipe = this.#cut(pipe)
    this.#pipes.set(relation, pipe)
    return pipe
  }

  #own(relation: Relation): Pipe {
    switch (relation.kind) {
      case 'scan':
        return this.#scan(relation)
      case 'table':
        return this.#table(relation)
      case 'filter':
        return this.#inPlace(relation, scalarsOf(relation))
      case 'explode':
        return over(this.#pipe(relation.input), relation)
      case 'project':
        return this.#inPlace(relation, scalarsOf(relation))
      case 'aggregate':
        return this.#aggregate(relation)
      case 'sort':
        return this.#sort(relation)
      case 'limit':
        return this.#limit(relation)
      case 'distinct':
        return this.#distinct(relation)
      case 'join':
        return this.#join(relation)
      case 'union':
        return this.#union(relation)
      default:
        return this.#inOne(relation)
    }
  }

  // ——— leaves

  #scan(relation: Relation & { kind: 'scan' }): Pipe {
    // Files on servers are read here: other machines do not have the copies.
    if (relation.remote) {
      return this.#here(relation, async (db) => {
        await filled(relation, db)
        return relationSql(relation, () => '')
      })
    }
    const { partitionRows, partitionBytes, concurrency, pieces } = this.#options
    const { sql: all, rows, whole } = piecesOf(relation, partitionRows, concurrency, partitionBytes)
    const sql = all.slice(0, pieces)
    const own = { kind: 'own', sql, whole: pieces === undefined ? whole : undefined } as const
    return pipeOf(leafOf(relation, 'files'), own, sql.length, rows)
  }

  /** What only this process can read: it does, and the table travels. */
  #here(relation: Relation, statement: (db: Database) => Promise<string>): Pipe {
    const expression = new GivenTable(async () => {
      const db = await database()
      return tableHere(db, await statement(db))
    })
    this.#given.push(expression)
    return pipeOf(leafOf(relation, 'rows'), { kind: 'each', expression, exact: true }, 1, Infinity)
  }

  #table(relation: Leaf): Pipe {
    const { source } = relation
    if ('parts' in source) {
      const { parts } = source as PartsSource
      return pipeOf(relation, { kind: 'each', expression: parts, exact: false }, parts.size, Infinity)
    }
    if ('sql' in source) {
      const { plan } = source as Partial<LocalSource>
      if (plan === undefined) {
        const names = relation.columns.map(({ name }) => quoteName(name)).join(', ')
        return this.#here(relation, async (db) => `SELECT ${names} FROM ${await db.tableOf(source)}`)
      }
      const pipe = this.#pipe(plan)
      const columns = relation.columns.map(({ name, type }): Named => [name, column(name, type)])
      return over(pipe, projected(pipe.relation, columns))
    }
    const { concurrency, partitionRows } = this.#options
    const { length } = source
    const partitions = Math.max(1, Math.ceil(length / partitionRows), length > 1000 ? concurrency : 1)
    let rows = this.#rows.get(source)
    if (!rows) this.#rows.set(source, (rows = new GivenRows(source, partitions)))
    return pipeOf(relation, { kind: 'each', expression: rows, exact: false }, partitions, length)
  }

  // ——— what needs no other partition

  #inPlace(relation: Relation & { kind: 'filter' | 'project' }, scalars: readonly Scalar[]): Pipe {
    if (scalars.some(hasWindow)) this.#keepTogether(relation.input)
    const pipe = this.#pipe(relation.input)
    // The place of a row is one among all rows, and rows that are dealt out arrive in any order.
    if (scalars.some(dependsOnOrder)) return over(this.#inOnePartition(pipe), relation)
    if (!scalars.some(hasWindow)) return over(pipe, relation)
    const by = windowKeys(scalars)
    if (by === undefined) return over(this.#inOnePartition(pipe), relation)
    return over(this.#together(pipe, by), relation)
  }

  /** All rows in one partition, whatever the relation is. */
  #inOne(relation: Relation): Pipe {
    const inputs = inputsOf(relation).map((input) => this.#inOnePartition(this.#pipe(input)))
    return {
      relation: withInputs(
        relation,
        inputs.map((pipe) => pipe.relation),
      ),
      sources: inputs.flatMap((pipe) => pipe.sources),
      partitions: 1,
      rows: inputs.reduce((sum, { rows }) => sum + rows, 0),
    }
  }

  #union(relation: Relation & { kind: 'union' }): Pipe {
    const pipes = relation.inputs.map((input) => this.#pipe(input))
    const types = new Set(relation.inputs.map((input) => JSON.stringify(input.columns.map(({ type }) => type.sql))))
    // Where types differ DuckDB finds the one that holds all.
    if (types.size > 1) return this.#inOne(relation)
    const leaf = leafOf(relation, 'union')
    const together = new Together(pipes.map((pipe) => this.#materialised(pipe, true)))
    const rows = pipes.reduce((sum, pipe) => sum + pipe.rows, 0)
    return pipeOf(leaf, { kind: 'each', expression: together, exact: true }, together.size, rows)
  }

  // ——— what needs all rows of a group

  #aggregate(relation: Relation & { kind: 'aggregate' }): Pipe {
    const { keys, values } = relation
    const { splitEvery = this.#options.splitEvery, splitOut } = relation.options ?? {}
    const steps = stepsOf(values)
    if (typeof steps === 'string') {
      const once = countedOnce(relation)
      if (once !== undefined) return this.#aggregate(once)
      this.#keepTogether(relation.input)
    }
    const pipe = this.#pipe(relation.input)
    const names = keys.flatMap(([, value]) => (value.kind === 'column' ? [value.name] : []))
    if (pipe.partitions === 1 || (keys.length > 0 && isHashedBy(pipe, names))) return over(pipe, relation)
    const guess = groupsOf(pipe, keys.length)
    if (typeof steps === 'string') return this.#wholeGroups(pipe, relation, `${steps} needs all rows of a group`)
    // Statistics are asked for where something hangs on them.
    const isMany = guess > this.#options.gatherRows * 2
    const hasManyKeys = splitOut === undefined && keys.length >= 4 && this.#canReadAgain(pipe, this.#outputs(pipe))
    const groups = isMany || hasManyKeys ? Math.min(guess, mostGroups(relation)) : guess
    // By many keys there are about as many groups as rows: looking at each partition first leaves most of them.
    if (hasManyKeys && groups === guess) return this.#wholeGroups(pipe, relation, 'of many keys there are many groups')
    const partial = this.#cut(withRows(over(pipe, aggregated(pipe.relation, keys, steps.partial)), groups * pipe.partitions))
    const keyColumns = keys.map(([name, value]): Named => [name, column(name, value.type)])
    const isTree = keys.length === 0 || (splitOut === undefined ? groups <= this.#options.gatherRows * 2 : splitOut === 1)
    const about = keys.length === 0 ? '' : groups === Infinity ? ', of any number of groups' : `, of some ${groups} groups`
    this.#choose(
      relation,
      isTree ? `a tree, ${splitEvery} partitions at a time${about}` : `parts of groups, dealt out by hash${about}`,
    )
    const met = isTree
      ? this.#inTree(partial, splitEvery, (of) => over(of, aggregated(of.relation, keyColumns, steps.combined)))
      : this.#dealtOut(
          partial,
          keyColumns.map(([name]) => name),
          undefined,
          splitOut,
        )
    const final = aggregated(met.relation, keyColumns, steps.final)
    const made = over(met, { ...final, columns: relation.columns } as Relation)
    return withRows({ ...made, hashed: met.hashed }, groups)
  }

  /** Says how groups meet. */
  #choose({ keys }: Relation & { kind: 'aggregate' }, how: string): void {
    this.#choices.push(`groups by [${keys.map(([name]) => name).join(', ')}]: ${how}`)
  }

  /**
   * The rows of all partitions in one: what so many neighbours have is combined into one partition, and so on.
   * @param combine makes of the rows of several partitions fewer rows with the same columns, which say the same
   */
  #inTree(pipe: Pipe, splitEvery: number, combine: (pipe: Pipe) => Pipe): Pipe {
    let level = pipe
    while (level.partitions > splitEvery) {
      const expression = this.#materialised(level, false)
      const take: Take = { kind: 'some', expression, every: splitEvery }
      const count = Math.ceil(level.partitions / splitEvery)
      const some = combine(pipeOf(leafOf(level.relation, 'rows'), take, count, level.rows))
      const combined = this.#fragment('combine', some, { kind: 'table' })
      level = pipeOf(leafOf(some.relation, 'rows'), { kind: 'each', expression: combined, exact: true }, count, level.rows)
    }
    return this.#inOnePartition(level)
  }

  /** Each group's rows in one partition. */
  #wholeGroups(pipe: Pipe, relation: Relation & { kind: 'aggregate' }, why: string): Pipe {
    const { keys } = relation
    const ordered = relation.values.some(([, value]) => someScalar(value, (part) => part.kind === 'aggregate' && ofOrder(part)))
    const inOne = keys.length === 0 || ordered || pipe.rows <= this.#options.gatherRows || relation.options?.splitOut === 1
    this.#choose(relation, `all rows of a group in one partition${inOne ? ', which is the only one' : ''}: ${why}`)
    if (inOne) return over(this.#inOnePartition(pipe), relation)
    // Columns stay what they are called; what is computed gets a name of its own.
    const named = keys.map(([, value], i): Named => [value.kind === 'column' ? value.name : `key_${i}__`, value])
    const computed = named.filter(([, value]) => value.kind !== 'column')
    const wide = computed.length === 0 ? pipe : over(pipe, projected(pipe.relation, [...computed, ...identity(pipe.relation)]))
    const by = named.map(([name]) => name)
    const outputs = relation.options?.splitOut ?? this.#outputs(wide)
    const isRead = this.#canReadAgain(wide, outputs)
    const met = this.#dealtOut(isRead ? wide : this.#onlyOnce(wide, relation, by), by, undefined, outputs)
    const again = keys.map(([name, value], i): Named => [name, column(named[i]![0], value.type)])
    const whole = over(met, { ...relation, input: met.relation, keys: again })
    return withRows({ ...whole, hashed: met.hashed!.map(([, as], i) => [keys[i]![0], as]) }, groupsOf(pipe, keys.length))
  }

  /** Where all that is asked is how many different values there are, each partition sends each of them once. */
  #onlyOnce(pipe: Pipe, { values }: Relation & { kind: 'aggregate' }, by: readonly string[]): Pipe {
    const names = new Set(by)
    let isCount = true
    for (const [, value] of values) {
      columnsOf(value, names)
      someScalar(value, (part) => {
        if (part.kind === 'aggregate' && !(part.distinct && part.name === 'count')) isCount = false
        return false
      })
    }
    if (!isCount) return pipe
    const columns = pipe.relation.columns.filter(({ name }) => names.has(name))
    const narrow = over(
      pipe,
      projected(
        pipe.relation,
        columns.map(({ name, type }): Named => [name, column(name, type)]),
      ),
    )
    return over(narrow, { kind: 'distinct', input: narrow.relation, on: undefined, columns: narrow.relation.columns })
  }

  #distinct(relation: Relation & { kind: 'distinct' }): Pipe {
    const pipe = this.#pipe(relation.input)
    const on = relation.on ?? relation.columns.map(({ name }) => name)
    if (pipe.partitions === 1 || isHashedBy(pipe, on)) return over(pipe, relation)
    const distinct = (of: Pipe) => over(of, { ...relation, input: of.relation })
    const some = distinct(pipe)
    if (pipe.rows > 10 * this.#options.gatherRows) return over(this.#dealtOut(this.#cut(some), on), relation)
    return distinct(this.#inTree(some, this.#options.splitEvery, distinct))
  }

  // ——— order

  #limit(relation: Relation & { kind: 'limit' }): Pipe {
    const { input, count, offset } = relation
    if (input.kind === 'sort' && this.#uses.get(input) === 1 && count + offset <= this.#options.gatherRows) {
      // The first rows of all are among the first of each partition.
      const pipe = this.#pipe(input.input)
      const each = (of: Pipe) => over(of, { ...input, input: of.relation })
      if (pipe.partitions === 1) return over(each(pipe), relation)
      const first = (of: Pipe) => {
        const some = each(of)
        return withRows(over(some, limited(some.relation, count + offset)), (count + offset) * of.partitions)
      }
      const met = this.#inTree(first(pipe), this.#options.splitEvery, first)
      return withRows(over(each(met), relation), count)
    }
    const pipe = this.#pipe(input)
    if (pipe.partitions === 1) return withRows(over(pipe, relation), count)
    const some = withRows(over(pipe, limited(pipe.relation, count + offset)), (count + offset) * pipe.partitions)
    return withRows(over(this.#inOnePartition(some), relation), count)
  }

  #sort(relation: Relation & { kind: 'sort' }): Pipe {
    const pipe = this.#pipe(relation.input)
    const isPlain = relation.by.every(({ by }) => by.kind === 'column')
    if (pipe.partitions === 1 || !isPlain || pipe.rows <= this.#options.gatherRows)
      return over(this.#inOnePartition(pipe), relation)
    const by = relation.by.map(
      ({ by: of, descending, nulls }) =>
        `${quoteName(nameOf(of)!)}, '${descending ? 'DESC' : 'ASC'} NULLS ${nulls.toUpperCase()}'`,
    )
    // With a text among them the key is bytes; of few small integers it would be a number.
    const key = `create_sort_key(${by.join(', ')}, '', 'ASC NULLS LAST')`
    const cut = this.#readTwice(pipe)
    const ranges = this.#outputs(pipe)
    const samples = this.#fragment(
      'sample',
      cut,
      { kind: 'table' },
      (sql) => `SELECT ${key} AS k FROM (${sql}) AS rows USING SAMPLE reservoir(2000 ROWS) REPEATABLE (1)`,
    )
    const bounds = new Bounds(samples, ranges)
    if (this.#canReadAgain(pipe, ranges)) return this.#sortedRanges(pipe, relation, key, bounds, ranges)
    const transfers = this.#fragment('ranges', cut, { kind: 'ranges', key, senders: cut.partitions }, undefined, [
      { expression: bounds, mode: 'one' },
    ])
    const met = this.#received(transfers, ranges, cut)
    return over(met, sorted(met.relation, relation.by))
  }

  /** Each partition reads the files, keeps the rows of its range, and sorts them. */
  #sortedRanges(pipe: Pipe, { by }: Relation & { kind: 'sort' }, key: string, bounds: Bounds, ranges: number): Pipe {
    const order = by.map((each) => sortSql(each, quoteName(nameOf(each.by)!))).join(', ')
    const all = this.#readBy(
      pipe,
      Array.from({ length: ranges }, () => undefined),
    )
    const wrap = (sql: string) => `SELECT * FROM (${sql}) AS rows WHERE ${inRangeMark} ORDER BY ${order}`
    const sink: Sink = { kind: 'table', range: key }
    const expression = this.#fragment('sort', all, sink, wrap, [{ expression: bounds, mode: 'one' }])
    return pipeOf(leafOf(pipe.relation, 'rows'), { kind: 'each', expression, exact: true }, ranges, pipe.rows)
  }

  // ——— joins

  #join(relation: Relation & { kind: 'join' }): Pipe {
    const left = this.#pipe(relation.left)
    const right = this.#pipe(relation.right)
    const { how } = relation
    const { gatherRows } = this.#options
    const join = (a: Pipe, b: Pipe, partitions: number, hashed?: readonly HashedBy[]): Pipe => ({
      relation: withInputs(relation, [a.relation, b.relation]),
      sources: [...a.sources, ...b.sources],
      partitions,
      rows: Math.max(a.rows, b.rows),
      hashed,
    })
    if (left.partitions === 1 && right.partitions === 1) return join(left, right, 1)
    const keys = relation.on.map(([a, b]) => hashedAs(typeOf(relation.left, a), typeOf(relation.right, b)))
    const side = how === 'right' ? 'right' : 'left'
    if (haveMet(left, right, relation, keys)) {
      const hashed = side === 'left' ? left.hashed : right.hashed
      return join(left, right, left.partitions, how === 'full' ? undefined : renamed(relation, hashed, side))
    }
    const toRight = how === 'inner' || how === 'right' || how === 'cross'
    const toLeft = how === 'inner' || how === 'left' || how === 'semi' || how === 'anti' || how === 'cross'
    const smallRight = toLeft && (right.rows <= gatherRows || how === 'cross')
    const smallLeft = toRight && left.rows <= gatherRows
    if (smallRight && !(smallLeft && left.rows < right.rows))
      return join(left, this.#everywhere(right, left.partitions), left.partitions, renamed(relation, left.hashed, 'left'))
    if (smallLeft)
      return join(this.#everywhere(left, right.partitions), right, right.partitions, renamed(relation, right.hashed, 'right'))
    if (keys.includes(undefined)) return this.#inOne(relation)
    const outputs = Math.max(this.#outputs(left), this.#outputs(right))
    const names = { left: relation.on.map(([name]) => name), right: relation.on.map(([, name]) => name) }
    const isRead = this.#canReadAgain(left, outputs) && this.#canReadAgain(right, outputs)
    const spread = outputs === 1 || isRead || this.#keptTogether.has(relation) ? [] : spreadSides[how]
    if (spread.length > 0) {
      const [a, b] = this.#spread({ left, right }, names, keys as string[], outputs, spread)
      return join(a, b, outputs)
    }
    const a = this.#dealtOut(left, names.left, keys as string[], outputs)
    const b = this.#dealtOut(right, names.right, keys as string[], outputs)
    return join(a, b, outputs, how === 'full' ? undefined : renamed(relation, (side === 'left' ? a : b).hashed, side))
  }

  /** Both sides of a join dealt out by keys, of which some may have so many rows that several partitions share them. */
  #spread(
    pipes: Readonly<Record<Side, Pipe>>,
    names: Readonly<Record<Side, readonly string[]>>,
    as: readonly string[],
    outputs: number,
    sides: readonly Side[],
  ): [Pipe, Pipe] {
    const keyOf = (side: Side) => this.#hashOf(names[side], as)
    const read = { ...pipes }
    const samples = sides.map((side) => {
      read[side] = this.#readTwice(pipes[side])
      return this.#fragment('sample', read[side], { kind: 'table' }, (sql) => keySampleSql(keyOf(side), sql))
    })
    const hot = new HotKeys(samples, sides, outputs)
    const met = (side: Side): Pipe => {
      const isKey = names[side].map((name) => `${quoteName(name)} IS NOT NULL`).join(' AND ')
      const sink: Sink = { kind: 'spread', outputs, key: keyOf(side), isKey, side }
      const transfers = this.#fragment('deal out', read[side], sink, undefined, [{ expression: hot, mode: 'one' }])
      return this.#received(transfers, outputs, pipes[side])
    }
    return [met('left'), met('right')]
  }

  /** What two fragments read. Files are read twice rather than kept in between. */
  #readTwice(pipe: Pipe): Pipe {
    const isFiles = pipe.sources.every(({ take }) => take.kind === 'own') && functionsOf(pipe.relation).length === 0
    return isFiles ? pipe : this.#cut(pipe)
  }

  /** Who reads a join wants all rows of a key in one partition. */
  #keepTogether(relation: Relation): void {
    let at = relation
    while (at.kind === 'filter' || at.kind === 'project') at = at.input
    this.#keptTogether.add(at)
  }

  /** A relation whose rows every partition of another has. */
  #everywhere(pipe: Pipe, partitions: number): Pipe {
    if (pipe.rows <= this.#options.gatherRows && this.#canReadAgain(pipe, 1))
      return this.#readBy(
        pipe,
        Array.from({ length: partitions }, () => undefined),
      )
    const met = this.#inOnePartition(pipe)
    if (met.sources.length === 1 && met.sources[0]!.take.kind === 'all') return met
    // Else each partition would compute it for itself.
    const expression = this.#materialised(met, false)
    const leaf = leafOf(met.relation, 'table')
    return pipeOf(leaf, { kind: 'all', expression, exact: true }, 1, pipe.rows)
  }

  // ——— cuts

  /** The rows of all partitions, in their order, in one. */
  #inOnePartition(pipe: Pipe): Pipe {
    if (pipe.partitions === 1 && pipe.sources.every(({ take }) => take.kind !== 'shuffled')) return pipe
    // What leaves most rows out is worth several readers.
    const isCheap = pipe.rows <= this.#options.gatherRows || !isFiltered(pipe.relation)
    if (isCheap && this.#canReadAgain(pipe, 1)) return this.#readBy(pipe, [undefined])
    const expression = this.#materialised(pipe, false)
    return { ...pipeOf(leafOf(pipe.relation, 'rows'), { kind: 'all', expression, exact: true }, 1, pipe.rows) }
  }

  /** What was planned so far runs for itself. */
  #cut(pipe: Pipe): Pipe {
    const expression = this.#materialised(pipe, false)
    const leaf = leafOf(pipe.relation, 'rows')
    return { ...pipeOf(leaf, { kind: 'each', expression, exact: true }, expression.size, pipe.rows), hashed: pipe.hashed }
  }

  /** Rows that are equal in these columns in the same partition, wherever they are now. */
  #together(pipe: Pipe, by: readonly string[]): Pipe {
    if (pipe.partitions === 1 || isHashedBy(pipe, by)) return pipe
    if (pipe.rows <= this.#options.gatherRows) return this.#inOnePartition(pipe)
    return this.#dealtOut(pipe, by)
  }

  /** @param as what the columns are compared as, as SQL types; '' as they are */
  #dealtOut(pipe: Pipe, by: readonly string[], as?: readonly string[], outputs = this.#outputs(pipe)): Pipe {
    const types = as ?? by.map((name) => hashedAs(typeOf(pipe.relation, name), typeOf(pipe.relation, name)) ?? '')
    const hashed = by.map((name, i): HashedBy => [name, types[i]!])
    if (this.#canReadAgain(pipe, outputs)) {
      const [{ leaf }] = pipe.sources as [Source]
      const own = by.map((name, i) => {
        const sql = leafSql(pipe.relation, leaf, name)
        return types[i] === '' ? sql : `CAST(${sql} AS ${types[i]})`
      })
      const parts = Array.from({ length: outputs }, (_, i) => `hash(${own.join(', ')}) % ${outputs} = ${i}`)
      return { ...this.#readBy(pipe, parts), hashed }
    }
    const part = `CAST(${this.#hashOf(by, types)} % ${outputs} AS INTEGER)`
    const transfers = this.#fragment('deal out', pipe, { kind: 'shuffle', outputs, part })
    return { ...this.#received(transfers, outputs, pipe), hashed }
  }

  /** Whether it is cheaper that so many partitions read the files and keep what is theirs. */
  #canReadAgain({ sources, relation }: Pipe, times: number): boolean {
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
  #readBy(pipe: Pipe, conditions: readonly (string | undefined)[]): Pipe {
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

  #hashOf(by: readonly string[], types: readonly string[]): string {
    return `hash(${by.map((name, i) => (types[i] === '' ? quoteName(name) : `CAST(${quoteName(name)} AS ${types[i]})`)).join(', ')})`
  }

  #received(transfers: Fragment, outputs: number, pipe: Pipe): Pipe {
    const expression = new SealedTables(transfers, outputs)
    return pipeOf(leafOf(pipe.relation, 'shuffled'), { kind: 'shuffled', expression }, outputs, pipe.rows)
  }

  #outputs({ rows, partitions }: Pipe): number {
    const { concurrency, partitionRows } = this.#options
    const wanted = rows === Infinity ? partitions : Math.ceil(rows / partitionRows)
    return Math.max(1, wanted, Math.min(concurrency, partitions))
  }

  /** The tables of a pipe's partitions. @param exact whether they must have its columns and no others */
  #materialised(pipe: Pipe, exact: boolean): Expression {
    const [only] = pipe.sources
    if (only && pipe.relation === only.leaf && only.take.kind === 'each' && (only.take.exact || !exact))
      return only.take.expression
    return this.#fragment(labelOf(pipe.relation), pipe, { kind: 'table' })
  }

  #fragment(label: string, pipe: Pipe, sink: Sink, wrap = (sql: string) => sql, more: readonly FragmentInput[] = []): Fragment {
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
    this.#fragments.push(fragment)
    return fragment
  }
}

function over(pipe: Pipe, relation: Relation): Pipe {
  return { ...pipe, relation: withInputs(relation, [pipe.relation]), hashed: kept(pipe.hashed, relation) }
}

function withRows(pipe: Pipe, rows: number): Pipe {
  return { ...pipe, rows: Math.min(pipe.rows, rows) }
}

/** A guess: groups of ten rows. It decides how rows meet, not what comes of it. */
function groupsOf({ rows }: Pipe, keys: number): number {
  return keys === 0 ? 1 : Math.ceil(rows / 10)
}

/** Whether rows that are equal in these columns are in the same partition. */
function isHashedBy({ hashed }: Pipe, names: readonly string[]): boolean {
  return hashed?.every(([name]) => names.includes(name)) ?? false
}

/** Whether the rows of both sides that a join brings together are in partitions of the same number already. */
function haveMet(
  { hashed, partitions }: Pipe,
  right: Pipe,
  { on }: Relation & { kind: 'join' },
  keys: readonly (string | undefined)[],
): boolean {
  const other = right.hashed
  if (hashed === undefined || hashed.length === 0 || hashed.length !== other?.length || partitions !== right.partitions)
    return false
  return hashed.every(([name, as], i) => {
    const [otherName, otherAs] = other[i]!
    const key = on.findIndex(([a, b]) => a === name && b === otherName)
    return key >= 0 && keys[key] === as && as === otherAs
  })
}

/** The columns that rows are dealt out by, under the names that they have in what is made of them. */
function kept(hashed: Pipe['hashed'], relation: Relation): Pipe['hashed'] {
  const values = relation.kind === 'project' ? relation.values : relation.kind === 'aggregate' ? relation.keys : undefined
  if (values === undefined) return hashed
  return withNames(hashed, (name) => values.find(([, value]) => value.kind === 'column' && value.name === name)?.[0])
}

function renamed(relation: Relation & { kind: 'join' }, hashed: Pipe['hashed'], side: 'left' | 'right'): Pipe['hashed'] {
  // The key column of a right join is that of the right.
  return withNames(
    hashed,
    (name) =>
      relation.takes.find(
        (take) =>
          (take.side === side && take.from === name) ||
          (take.side === 'key' && (side === 'left' ? take.from : take.other) === name),
      )?.name,
  )
}

/** The same columns by other names; undefined if one of them is gone. */
function withNames(hashed: Pipe['hashed'], nameOf: (name: string) => string | undefined): Pipe['hashed'] {
  const named: HashedBy[] = []
  for (const [name, as] of hashed ?? []) {
    const other = nameOf(name)
    if (other === undefined) return undefined
    named.push([other, as])
  }
  return hashed && named
}

function pipeOf(leaf: Leaf, take: Take, partitions: number, rows: number): Pipe {
  return { relation: leaf, sources: [{ leaf, take }], partitions, rows }
}

function leafOf({ columns }: Relation, label: string): Leaf {
  return { kind: 'table', label, source: { sql: () => Promise.reject(new Error(label)) }, columns }
}

/** The columns that all windows are by, if those are columns; undefined where all rows are needed. */
function windowKeys(scalars: readonly Scalar[]): readonly string[] | undefined {
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

function nameOf(scalar: Scalar): string | undefined {
  return scalar.kind === 'column' ? scalar.name : undefined
}

/** Whether an aggregate depends on the order of rows. */
function ofOrder({ name, args }: Scalar & { kind: 'aggregate' }): boolean {
  return (
    /^(arg_|first|last|list|array_agg|string_agg|any_value|min_by|max_by)/.test(name) ||
    args.some((arg) => columnsOf(arg).has('__row'))
  )
}

function typeOf(relation: Relation, name: string): Type {
  return relation.columns.find((each) => each.name === name)!.type
}

/**
 * What keys of two types are hashed as, so that those that are equal have equal hashes: '' as they are; undefined where that
 * is not known.
 */
function hashedAs(a: Type, b: Type): string | undefined {
  const [x, y] = [classOf(a), classOf(b)]
  if (x === 'string' && y === 'string') return 'VARCHAR'
  const isWhole = (of: string) => of === 'integer' || of === 'long'
  if (isWhole(x) && isWhole(y)) return 'HUGEINT'
  if (x === 'double' && y === 'double') return 'DOUBLE'
  // Where one is of floating point both are compared so.
  if ((x === 'double' && isWhole(y)) || (y === 'double' && isWhole(x))) return 'DOUBLE'
  return a.sql === b.sql ? '' : undefined
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

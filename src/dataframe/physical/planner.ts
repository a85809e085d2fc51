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
import { type Scalar, column, columnsOf, dependsOnOrder, hasWindow, someScalar } from '../plan/scalar.js'
import { quoteName } from '../sql/literal.js'
import { relationSql } from '../sql/relation-sql.js'
import { sortSql } from '../sql/scalar-sql.js'
import { Cuts, type PlannerOptions } from './cuts.js'
import { HotKeys } from './find-hot-keys.js'
import { Bounds, type Fragment, Together } from './fragment.js'
import { type Side, keySampleSql, spreadSides } from './hot-keys.js'
import { mostGroups } from './most-groups.js'
import { countedOnce, stepsOf } from './partial-aggregates.js'
import { piecesOf } from './pieces.js'
import {
  type HashedBy,
  type Leaf,
  type Pipe,
  hashedAs,
  haveMet,
  isHashedBy,
  leafOf,
  over,
  pipeOf,
  renamed,
  typeOf,
  withRows,
} from './pipe.js'
import { nameOf, ofOrder, windowKeys } from './row-order.js'
import { type Sink, inRangeMark } from './run-fragment.js'
import { GivenRows, GivenTable, type LocalSource, type PartsSource, tableHere } from './table-parts.js'

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
  readonly #cuts: Cuts
  readonly #keptTogether = new Set<Relation>()
  readonly #choices: string[] = []

  constructor(plan: Relation, options: PlannerOptions) {
    this.#plan = plan
    this.#options = options
    this.#cuts = new Cuts(options)
    this.#count(plan)
  }

  plan(): PhysicalPlan {
    const pipe = this.#pipe(this.#plan)
    const root = this.#cuts.materialised(pipe, true)
    return { root, rows: pipe.rows, fragments: this.#cuts.fragments, given: this.#given, choices: this.#choices }
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
    if (this.#uses.get(relation)! > 1 && relation.kind !== 'scan' && relation.kind !== 'table') pipe = this.#cuts.cut(pipe)
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
    if (scalars.some(dependsOnOrder)) return over(this.#cuts.inOnePartition(pipe), relation)
    if (!scalars.some(hasWindow)) return over(pipe, relation)
    const by = windowKeys(scalars)
    if (by === undefined) return over(this.#cuts.inOnePartition(pipe), relation)
    return over(this.#cuts.together(pipe, by), relation)
  }

  /** All rows in one partition, whatever the relation is. */
  #inOne(relation: Relation): Pipe {
    const inputs = inputsOf(relation).map((input) => this.#cuts.inOnePartition(this.#pipe(input)))
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
    const together = new Together(pipes.map((pipe) => this.#cuts.materialised(pipe, true)))
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
    const isReadAgain = splitOut === undefined && keys.length > 0 && this.#cuts.canReadAgain(pipe, this.#cuts.outputs(pipe))
    if (isReadAgain && steps.isCostly) return this.#wholeGroups(pipe, relation, 'its rows are read again sooner than combined')
    const hasManyKeys = isReadAgain && keys.length >= 4
    const groups = isMany || hasManyKeys ? Math.min(guess, mostGroups(relation)) : guess
    // By many keys there are about as many groups as rows: looking at each partition first leaves most of them.
    if (hasManyKeys && groups === guess) return this.#wholeGroups(pipe, relation, 'of many keys there are many groups')
    const partial = this.#cuts.cut(withRows(over(pipe, aggregated(pipe.relation, keys, steps.partial)), groups * pipe.partitions))
    const keyColumns = keys.map(([name, value]): Named => [name, column(name, value.type)])
    const isTree = keys.length === 0 || (splitOut === undefined ? groups <= this.#options.gatherRows * 2 : splitOut === 1)
    const about = keys.length === 0 ? '' : groups === Infinity ? ', of any number of groups' : `, of some ${groups} groups`
    this.#choose(
      relation,
      isTree ? `a tree, ${splitEvery} partitions at a time${about}` : `parts of groups, dealt out by hash${about}`,
    )
    const met = isTree
      ? this.#cuts.inTree(partial, splitEvery, (of) => over(of, aggregated(of.relation, keyColumns, steps.combined)))
      : this.#cuts.dealtOut(
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

  /** Each group's rows in one partition. */
  #wholeGroups(pipe: Pipe, relation: Relation & { kind: 'aggregate' }, why: string): Pipe {
    const { keys } = relation
    const ordered = relation.values.some(([, value]) => someScalar(value, (part) => part.kind === 'aggregate' && ofOrder(part)))
    const inOne = keys.length === 0 || ordered || pipe.rows <= this.#options.gatherRows || relation.options?.splitOut === 1
    this.#choose(relation, `all rows of a group in one partition${inOne ? ', which is the only one' : ''}: ${why}`)
    if (inOne) return over(this.#cuts.inOnePartition(pipe), relation)
    // Columns stay what they are called; what is computed gets a name of its own.
    const named = keys.map(([, value], i): Named => [value.kind === 'column' ? value.name : `key_${i}__`, value])
    const computed = named.filter(([, value]) => value.kind !== 'column')
    const wide = computed.length === 0 ? pipe : over(pipe, projected(pipe.relation, [...computed, ...identity(pipe.relation)]))
    const by = named.map(([name]) => name)
    const outputs = relation.options?.splitOut ?? this.#cuts.outputs(wide)
    const isRead = this.#cuts.canReadAgain(wide, outputs)
    const met = this.#cuts.dealtOut(isRead ? wide : this.#onlyOnce(wide, relation, by), by, undefined, outputs)
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
    if (pipe.rows > 10 * this.#options.gatherRows) return over(this.#cuts.dealtOut(this.#cuts.cut(some), on), relation)
    return distinct(this.#cuts.inTree(some, this.#options.splitEvery, distinct))
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
      const met = this.#cuts.inTree(first(pipe), this.#options.splitEvery, first)
      return withRows(over(each(met), relation), count)
    }
    const pipe = this.#pipe(input)
    if (pipe.partitions === 1) return withRows(over(pipe, relation), count)
    const some = withRows(over(pipe, limited(pipe.relation, count + offset)), (count + offset) * pipe.partitions)
    return withRows(over(this.#cuts.inOnePartition(some), relation), count)
  }

  #sort(relation: Relation & { kind: 'sort' }): Pipe {
    const pipe = this.#pipe(relation.input)
    const isPlain = relation.by.every(({ by }) => by.kind === 'column')
    if (pipe.partitions === 1 || !isPlain || pipe.rows <= this.#options.gatherRows)
      return over(this.#cuts.inOnePartition(pipe), relation)
    const by = relation.by.map(
      ({ by: of, descending, nulls }) =>
        `${quoteName(nameOf(of)!)}, '${descending ? 'DESC' : 'ASC'} NULLS ${nulls.toUpperCase()}'`,
    )
    // With a text among them the key is bytes; of few small integers it would be a number.
    const key = `create_sort_key(${by.join(', ')}, '', 'ASC NULLS LAST')`
    const cut = this.#cuts.readTwice(pipe)
    const ranges = this.#cuts.outputs(pipe)
    const samples = this.#cuts.fragment(
      'sample',
      cut,
      { kind: 'table' },
      (sql) => `SELECT ${key} AS k FROM (${sql}) AS rows USING SAMPLE reservoir(2000 ROWS) REPEATABLE (1)`,
    )
    const bounds = new Bounds(samples, ranges)
    if (this.#cuts.canReadAgain(pipe, ranges)) return this.#sortedRanges(pipe, relation, key, bounds, ranges)
    const transfers = this.#cuts.fragment('ranges', cut, { kind: 'ranges', key, senders: cut.partitions }, undefined, [
      { expression: bounds, mode: 'one' },
    ])
    const met = this.#cuts.received(transfers, ranges, cut)
    return over(met, sorted(met.relation, relation.by))
  }

  /** Each partition reads the files, keeps the rows of its range, and sorts them. */
  #sortedRanges(pipe: Pipe, { by }: Relation & { kind: 'sort' }, key: string, bounds: Bounds, ranges: number): Pipe {
    const order = by.map((each) => sortSql(each, quoteName(nameOf(each.by)!))).join(', ')
    const all = this.#cuts.readBy(
      pipe,
      Array.from({ length: ranges }, () => undefined),
    )
    const wrap = (sql: string) => `SELECT * FROM (${sql}) AS rows WHERE ${inRangeMark} ORDER BY ${order}`
    const sink: Sink = { kind: 'table', range: key }
    const expression = this.#cuts.fragment('sort', all, sink, wrap, [{ expression: bounds, mode: 'one' }])
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
      return join(left, this.#cuts.everywhere(right, left.partitions), left.partitions, renamed(relation, left.hashed, 'left'))
    if (smallLeft)
      return join(
        this.#cuts.everywhere(left, right.partitions),
        right,
        right.partitions,
        renamed(relation, right.hashed, 'right'),
      )
    if (keys.includes(undefined)) return this.#inOne(relation)
    const outputs = Math.max(this.#cuts.outputs(left), this.#cuts.outputs(right))
    const names = { left: relation.on.map(([name]) => name), right: relation.on.map(([, name]) => name) }
    const isRead = this.#cuts.canReadAgain(left, outputs) && this.#cuts.canReadAgain(right, outputs)
    const spread = outputs === 1 || isRead || this.#keptTogether.has(relation) ? [] : spreadSides[how]
    if (spread.length > 0) {
      const [a, b] = this.#spread({ left, right }, names, keys as string[], outputs, spread)
      return join(a, b, outputs)
    }
    const a = this.#cuts.dealtOut(left, names.left, keys as string[], outputs)
    const b = this.#cuts.dealtOut(right, names.right, keys as string[], outputs)
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
    const keyOf = (side: Side) => this.#cuts.hashOf(names[side], as)
    const read = { ...pipes }
    const samples = sides.map((side) => {
      read[side] = this.#cuts.readTwice(pipes[side])
      return this.#cuts.fragment('sample', read[side], { kind: 'table' }, (sql) => keySampleSql(keyOf(side), sql))
    })
    const hot = new HotKeys(samples, sides, outputs)
    const met = (side: Side): Pipe => {
      const isKey = names[side].map((name) => `${quoteName(name)} IS NOT NULL`).join(' AND ')
      const sink: Sink = { kind: 'spread', outputs, key: keyOf(side), isKey, side }
      const transfers = this.#cuts.fragment('deal out', read[side], sink, undefined, [{ expression: hot, mode: 'one' }])
      return this.#cuts.received(transfers, outputs, pipes[side])
    }
    return [met('left'), met('right')]
  }

  /** Who reads a join wants all rows of a key in one partition. */
  #keepTogether(relation: Relation): void {
    let at = relation
    while (at.kind === 'filter' || at.kind === 'project') at = at.input
    this.#keptTogether.add(at)
  }
}

/** A guess: groups of ten rows. It decides how rows meet, not what comes of it. */
function groupsOf({ rows }: Pipe, keys: number): number {
  return keys === 0 ? 1 : Math.ceil(rows / 10)
}

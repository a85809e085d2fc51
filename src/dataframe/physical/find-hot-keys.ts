import { type TableValue, tablesSql, withFolder } from '../../duckdb/index.js'
import { Expression, type LowerContext } from '../../expr/index.js'
import type { Annotations, TaskContext } from '../../graph/index.js'
import { operation } from '../../transfer/index.js'
import type { HotKey, HotKeysFound, Side } from './hot-keys.js'
import { columnInMain } from './run-fragment.js'

interface Counts {
  /** how many samples there are of each side */
  readonly samples: Readonly<Record<Side, number>>
  readonly outputs: number
}

/** The hot keys of a join, of samples of the keys of one side or of both. */
export class HotKeys extends Expression {
  readonly label = 'hot keys'
  readonly size = 1
  readonly #sides: readonly Side[]
  readonly #outputs: number

  constructor(samples: readonly Expression[], sides: readonly Side[], outputs: number, annotations?: Annotations) {
    super(samples, annotations)
    this.#sides = sides
    this.#outputs = outputs
  }

  identity(): undefined {
    return undefined
  }

  lower(context: LowerContext, inputs: readonly ArrayLike<number>[]): number[] {
    const count = (side: Side) => inputs[this.#sides.indexOf(side)]?.length ?? 0
    const shared: Counts = { samples: { left: count('left'), right: count('right') }, outputs: this.#outputs }
    const layer = context.layer({ run: findHotKeys as never, shared: shared as never, scratch: true })
    return [layer.task(inputs.flatMap((tasks) => Array.from(tasks)))]
  }

  withInputs(inputs: readonly Expression[]): HotKeys {
    return new HotKeys(inputs, this.#sides, this.#outputs, this.annotations)
  }
}

/** Runs as a task: the keys that would fill more than half of what a partition has on average. */
export const findHotKeys = operation(
  import.meta.url,
  'findHotKeys',
  async (
    inputs: readonly unknown[],
    _own: unknown,
    { samples, outputs }: Counts,
    context: TaskContext,
  ): Promise<HotKeysFound> => {
    context.occupy?.()
    return await withFolder(context.scratch(), async (folder) => {
      const loads = (['left', 'right'] as const).flatMap((side) => {
        const tables = side === 'left' ? inputs.slice(0, samples.left) : inputs.slice(samples.left)
        if (tables.length === 0) return []
        const from = tablesSql(tables as readonly TableValue[], folder, side)
        // Partitions have about as many rows each, so their shares add up.
        const load = `SELECT '${side}' AS side, h, sum(n / total) AS load, sum(n / total) / ${samples[side]} AS share FROM ${from} AS samples GROUP BY h`
        return [`SELECT * FROM (${load}) AS loads WHERE share * ${2 * outputs} > 1`]
      })
      // Of a key that both sides have often, the rows of the larger one are dealt out.
      const found = (await columnInMain(
        context,
        `SELECT side || ' ' || h || ' ' || CAST(least(${outputs}, ceil(share * ${2 * outputs})) AS INTEGER) FROM (
          SELECT *, row_number() OVER (PARTITION BY h ORDER BY load DESC, side) AS place FROM (${loads.join(' UNION ALL ')}) AS both_sides
        ) AS placed WHERE place = 1 ORDER BY load DESC, h LIMIT ${4 * outputs}`,
      )) as string[]
      const keysOf = (side: Side) =>
        found.flatMap((text): HotKey[] => {
          const [of, hash, partitions] = text.split(' ')
          return of === side ? [[hash!, Number(partitions)]] : []
        })
      return { left: keysOf('left'), right: keysOf('right') }
    })
  },
)

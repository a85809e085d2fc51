// Clocks of time zones against pandas (test/oracle/dataframe-zones.py): around their changes, before 1970, in partitions too.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { config } from 'heddle'
import { type DataFrame, count, fromRecords, sql, sum } from 'heddle/dataframe'
import { withRows } from '../../src/dataframe/physical/distributed.js'
import { optimised } from '../../src/dataframe/rules/index.js'
import { chooseExecutor } from '../../src/executor/index.js'

/** Times in milliseconds since 1970, the rest by how far it is from the moment. */
interface Zone {
  readonly moments: readonly number[]
  readonly offset: readonly number[]
  readonly normalize: readonly number[]
  /** of each change: which of the moments are near, and their sums and counts by lengths of time */
  readonly resampled: Readonly<
    Record<string, { readonly first: number; readonly count: number } & Record<string, Sums | undefined>>
  >
}

interface Sums {
  readonly t: readonly number[]
  readonly x: readonly number[]
  readonly n: readonly number[]
}

type Grids = Readonly<Record<`${'floor' | 'ceil' | 'round'} ${string}`, readonly number[]>>

const oracle = JSON.parse(
  readFileSync(new URL('../../../test/dataframe/fixtures/pandas-zones.json', import.meta.url), 'utf8'),
) as Record<string, Zone & Grids>

const day = 86_400_000
const iso = (ms: number) => new Date(ms).toISOString()

/** Moments as a column without a zone, which is UTC, and as one that knows of zones. */
const columns: Readonly<Record<string, (moments: readonly number[]) => DataFrame<{ t: Date; x: number }>>> = {
  TIMESTAMP: (moments) => fromRecords(moments.map((ms, x) => ({ t: new Date(ms), x }))),
  TIMESTAMPTZ: (moments) => {
    const source = fromRecords(moments.map((ms, x) => ({ ms, x })))
    return sql('SELECT make_timestamptz(ms::BIGINT * 1000) AS t, x FROM source', { source })
  },
}

/** What is computed of partitions of forty rows, whose borders lie around the change, too. */
function inPartitions({ plan }: DataFrame<{ t: Date; x: number; n: number }>): Promise<object[]> {
  return config.with({ dataframe: { partitionRows: 40, gatherRows: 0 } }, () =>
    withRows(optimised(plan), chooseExecutor('inline'), {}, async (db, text) => (await db.query(text)).records(new Set())),
  )
}

for (const [zone, of] of Object.entries(oracle)) {
  describe(zone, () => {
    const shown = of.moments.map((ms, i) => new Date(ms + of.offset[i]!))

    for (const [type, frameOf] of Object.entries(columns)) {
      test(`what clocks show, of ${type}`, async () => {
        const frame = frameOf(of.moments)
        const { dt } = frame.col('t')
        const clock = dt.inZone(zone)
        const midnight = (date: Date) => Math.floor(date.getTime() / day) * day
        const yearDay = (date: Date) => (midnight(date) - Date.UTC(date.getUTCFullYear(), 0, 1)) / day + 1
        const rows = await frame
          .assign({
            text: clock.strftime('%Y-%m-%dT%H:%M:%S.%g'),
            date: clock.date,
            time: clock.time,
            year: clock.year,
            month: clock.month,
            day: clock.day,
            weekday: clock.weekday,
            yearDay: clock.dayOfYear,
            hour: clock.hour,
            minute: clock.minute,
            second: clock.second,
            isMonthStart: clock.isMonthStart,
            isMonthEnd: clock.isMonthEnd,
            normalized: clock.normalize(),
          })
          .sort('x')
          .toRecords()
        assert.equal(rows.length, shown.length)
        rows.forEach((row, i) => {
          const local = shown[i]!
          const isLast = new Date(local.getTime() + day).getUTCDate() === 1
          assert.deepEqual(
            row,
            {
              t: new Date(of.moments[i]!),
              x: i,
              text: iso(local.getTime()).slice(0, -1),
              date: new Date(midnight(local)),
              time: iso(local.getTime())
                .slice(11, -1)
                .replace(/\.?0*$/, (zeros) => (zeros.startsWith('.') ? '' : zeros)),
              year: local.getUTCFullYear(),
              month: local.getUTCMonth() + 1,
              day: local.getUTCDate(),
              weekday: (local.getUTCDay() + 6) % 7,
              yearDay: yearDay(local),
              hour: local.getUTCHours(),
              minute: local.getUTCMinutes(),
              second: local.getUTCSeconds(),
              isMonthStart: local.getUTCDate() === 1,
              isMonthEnd: isLast,
              normalized: new Date(of.moments[i]! + of.normalize[i]!),
            },
            `${iso(of.moments[i]!)}, ${iso(local.getTime())} there`,
          )
        })
      })
    }

    test('grids', async () => {
      const frame = columns['TIMESTAMP']!(of.moments)
      const clock = frame.col('t').dt.inZone(zone)
      for (const grid of ['15min', '1h', '2h', '1d']) {
        for (const name of ['floor', 'ceil', 'round'] as const) {
          const values = await clock[name](grid).compute()
          const wrong = [...values].flatMap((value, i) => {
            const expected = of.moments[i]! + of[`${name} ${grid}`]![i]!
            const given = (value as Date).getTime()
            return given === expected ? [] : [`${iso(of.moments[i]!)} is ${iso(given)}, not ${iso(expected)}`]
          })
          assert.deepEqual(wrong, [], `${name} ${grid}`)
        }
      }
    })

    test('resample, on one partition and on several', async () => {
      for (const [date, near] of Object.entries(of.resampled)) {
        const moments = of.moments.slice(near.first, near.first + near.count)
        for (const [rule, expected] of Object.entries(near)) {
          if (typeof expected !== 'object') continue
          const wanted = expected.t.map((ms, i) => ({ t: new Date(ms), x: expected.x[i]!, n: expected.n[i]! }))
          for (const [type, frameOf] of Object.entries(columns)) {
            if (type !== 'TIMESTAMP' && rule !== '1d') continue
            const made = frameOf(moments)
              .resample(rule, { on: 't', timeZone: zone })
              .agg({ x: (r) => sum(r.x), n: count() })
            assert.deepEqual(await made.toRecords(), wanted, `${rule} around ${date}, of ${type}`)
            if (type === 'TIMESTAMP' && (rule === '1d' || rule === '7h'))
              assert.deepEqual(await inPartitions(made), wanted, `${rule} around ${date}, in partitions`)
          }
        }
      }
    })
  })
}

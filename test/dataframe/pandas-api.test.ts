// The breadth of the API against pandas (test/oracle/dataframe-pandas.py): each question by its name there.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, describe, test } from 'node:test'
import { type Rolling, Series, count, fromRecords, max, mean, sum, toDatetime, toNumeric, toTimedelta } from 'heddle/dataframe'

interface Row {
  id: number
  key: string | null
  x: number | null
  n: number
  t: Date
  flag: boolean
}

const oracle = JSON.parse(readFileSync(new URL('../../../test/dataframe/fixtures/pandas-api.json', import.meta.url), 'utf8')) as {
  rows: (Omit<Row, 't'> & { t: string })[]
  answers: Record<string, unknown>
}

const { answers } = oracle
const rows = fromRecords(oracle.rows.map((row): Row => ({ ...row, t: new Date(row.t) })))
const known = rows.fillNa({ x: 0.5 })
const frame = rows.select('x', 'n')
const x = rows.col('x')
const n = rows.col('n')
const kx = known.col('x')

/** Values as the oracle writes them: dates as text, numbers to eight digits (pandas adds and takes away as windows move), NaN as null. */
function flat(value: unknown): unknown {
  if (typeof value === 'number') return Number.isNaN(value) ? null : Math.abs(value) < 1e-9 ? 0 : Number(value.toPrecision(8))
  if (value instanceof Date) return value.toISOString()
  if (value instanceof Uint8Array) return [...value]
  if (Array.isArray(value)) return value.map(flat)
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(
      Object.keys(value)
        .sort()
        .map((key) => [key, flat((value as Record<string, unknown>)[key])]),
    )
  return value ?? null
}

const asked = new Set<string>()
function answer(name: string): unknown {
  assert.ok(Object.hasOwn(answers, name), `pandas was not asked: ${name}`)
  asked.add(name)
  return flat(answers[name])
}

type Rows<R = object> = { toRecords(): Promise<R[]> }
/** Methods by their names, without the columns that each gives: the compiler would compare all of these for seconds. */
type Methods<N extends string, Made = Rows> = Readonly<Record<N, () => Made>>

type Computed = { compute(): Promise<unknown> } | { toRecords(): Promise<object[]> } | Promise<unknown>
async function given(of: Computed): Promise<unknown> {
  if ('toRecords' in of) return of.toRecords()
  return 'compute' in of ? of.compute() : of
}

async function same(name: string, of: Computed): Promise<void> {
  assert.deepEqual(flat(await given(of)), answer(name), name)
}

/** Rows in an order that says nothing. */
async function alike(name: string, of: { toRecords(): Promise<object[]> }): Promise<void> {
  const text = (list: unknown) => (list as object[]).map((row) => JSON.stringify(row)).sort()
  assert.deepEqual(text(flat(await of.toRecords())), text(answer(name)), name)
}

const series = <T extends string | number | boolean | Date | null | readonly (string | number | null)[]>(values: readonly T[]) =>
  fromRecords(values.map((v) => ({ v }))).col('v') as unknown as Series<T>

after(() => {
  const supporting = new Set(['quotes', 'steps', 'long', 'days', 'words'])
  const missing = Object.keys(answers).filter((name) => !asked.has(name) && !supporting.has(name))
  assert.deepEqual(missing, [], 'what pandas was asked and nobody compared')
})

describe('in the order of rows', () => {
  test('shift, diff, cumulative, fill, rank', async () => {
    for (const k of [1, 2, -1]) {
      await same(`shift ${k}`, x.shift(k))
      await same(`diff ${k}`, x.diff(k))
    }
    await same('diff of dates', rows.col('t').diff())
    await same('cumsum', x.cumsum())
    await same('cumprod', x.div(50).cumprod())
    await same('cummax', x.cummax())
    await same('cummin', x.cummin())
    await same('ffill', x.ffill())
    await same('bfill', x.bfill())
    await same('ffill 1', x.ffill(1))
    for (const method of ['average', 'min', 'max', 'first', 'dense'] as const) await same(`rank ${method}`, n.rank({ method }))
    await same('rank descending', x.rank({ ascending: false }))
  })

  const statistics = ['count', 'sum', 'mean', 'min', 'max', 'std', 'var', 'median', 'skew', 'kurt', 'sem'] as const
  test('windows of rows and of time', async () => {
    for (const name of statistics) {
      const ask = (window: Rolling<Series<number | null>>) => window[name]()
      await same(`rolling 5 ${name}`, ask(kx.rolling(5)))
      await same(`rolling 4 with nulls ${name}`, name === 'sem' ? ask(kx.rolling(4)) : ask(x.rolling(4, { minPeriods: 2 })))
      await same(`rolling center ${name}`, ask(kx.rolling(6, { center: true })))
      await same(`rolling 3h ${name}`, ask(x.rolling('3h', { on: 't' })))
    }
    for (const name of ['count', 'sum', 'mean', 'min', 'max', 'std', 'var'] as const)
      await same(`expanding ${name}`, x.expanding(name === 'count' ? { minPeriods: 1 } : {})[name]())
    await same('rolling quantile', kx.rolling(5).quantile(0.3))
    await same(
      'rolling apply',
      kx.rolling(3).apply((values) => {
        let low = Infinity
        let high = -Infinity
        for (const value of values) {
          low = Math.min(low, value!)
          high = Math.max(high, value!)
        }
        return high - low
      }),
    )
    await same('rolling of frame', frame.rolling(3, { minPeriods: 1 }).mean())
    const byTime = rows.rolling('2h', { on: 't' }).sum()
    await same('rolling of frame by time', byTime.select('x', 'n').fillNa({ x: 0 }))
  })

  test('windows of windows, in conditions and in totals', async () => {
    await same('shift of shift', x.shift(1).rolling(2).sum())
    await same('mean of diff', x.diff().mean())
    await same('filter by window', rows.filter(x.gt(x.rolling(3, { minPeriods: 1 }).mean())).col('id'))
    assert.equal(
      await rows
        .sort('id', { descending: true })
        .col('id')
        .shift(1)
        .head(2)
        .then((v) => v[1]),
      59,
    )
  })
})

test('one column', async () => {
  await same('clip', x.clip(-50, 50))
  await same('round 1', x.round(1))
  await same('round -1', x.round(-1))
  await same('round halves', series([0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 2.4999]).round())
  await same('floordiv', n.floordiv(2))
  await same(
    'replace',
    n.replace(
      new Map([
        [-5, 50],
        [3, 30],
      ]),
    ),
  )
  await same('where', x.where(n.gt(0)))
  await same('where other', kx.where(known.col('n').gt(0), -1))
  await same('mask', x.mask(n.gt(0)))
  await same(
    'map dict',
    n.map(
      new Map([
        [1, 'one'],
        [2, 'two'],
      ]),
    ),
  )
  await same('isin', n.isIn([1, 2]))
  await same('unique', n.unique())
  await same('unique', n.dropDuplicates())
  const pairs = (list: readonly object[]) =>
    list.map((row) => Object.values(row)).sort((a, b) => (String(a[0] ?? 'None') < String(b[0] ?? 'None') ? -1 : 1))
  await same('value counts', rows.col('key').valueCounts({ dropNa: false }).toRecords().then(pairs))
  await same('value shares', rows.col('key').valueCounts({ normalize: true }).toRecords().then(pairs))
  const [first] = await rows.col('key').valueCounts().head(1)
  assert.equal(first!.count, Math.max(...pairs(await rows.col('key').valueCounts().toRecords()).map((pair) => pair[1] as number)))
  await same('mode', n.mode())
  await same('nlargest', x.nlargest(4))
  await same('nsmallest', x.nsmallest(4))
  await same('describe', x.describe().col('value'))
  await same('idxmax', x.idxmax())
  await same('idxmin', x.idxmin())
  await same('prod', n.add(6).prod())
  await same('sem', x.sem())
  await same('skew', x.skew())
  await same('kurt', x.kurt())
  await same('autocorr', kx.autocorr(2))
  await same('corr', x.corr(n))
  await same('cov', x.cov(n))
  await same('any', rows.col('flag').any())
  await same('all', rows.col('flag').all())
  await same('between', n.between(-1, 2))
  await same('explode', series<readonly string[] | null>([['a', 'b'], [], null, ['c']]).explode())
  await same('to datetime', toDatetime(series(['2024-02-29', '1999-12-31', null])))
  await same('to datetime format', toDatetime(series(['29.02.2024 13:05', '31.12.1999 00:00']), { format: '%d.%m.%Y %H:%M' }))
  await same('to datetime coerce', toDatetime(series(['2024-02-29', 'never']), { errors: 'coerce' }))
  await same('to numeric', toNumeric(series(['1', '-2.5', '1e3'])))
  await same('to numeric coerce', toNumeric(series(['1', 'x']), { errors: 'coerce' }))
  await same('to timedelta', toTimedelta(series([1, 90]), 'min'))
})

describe('whole frames', () => {
  test('arithmetic and comparisons', async () => {
    await same('frame add', frame.add(1))
    await same('frame sub', frame.sub(1))
    await same('frame mul', frame.mul(2))
    await same('frame div', frame.div(4))
    await same('frame floordiv', frame.floordiv(4))
    await same('frame pow', frame.select('n').pow(2))
    await same('frame mod', frame.abs().mod(3))
    await same('frame abs', frame.abs())
    const filled = frame.fillNa({ x: 0 })
    await same('frame gt', filled.gt(0))
    await same('frame ge', filled.ge(0))
    await same('frame lt', filled.lt(0))
    await same('frame le', filled.le(0))
    await same('frame eq', frame.eq(1))
    await same('frame ne', filled.ne(1))
    await same('frame isin', frame.isIn([1, 2]))
    await same('frame isna', frame.isNa())
    await same('frame round', frame.round(1))
    await same('frame clip', frame.clip(-2, 2))
    await same('frame replace', frame.replace(1, 100))
    await same(
      'frame where',
      frame.where((r) => r.n > 0),
    )
    await same('frame mask', frame.mask(frame.col('n').gt(0)))
  })

  test('in the order of rows', async () => {
    for (const name of ['cumsum', 'cummax', 'cummin', 'ffill', 'bfill'] as const)
      await same(`frame ${name}`, (frame as Methods<typeof name>)[name]())
    await same('frame cumprod', frame.div(50).cumprod())
    await same('frame shift', frame.shift(2))
    await same('frame diff', frame.diff())
    await same('frame rank', frame.rank())
    await same('frame tail', rows.select('id', 'x').tail(3))
  })

  test('totals', async () => {
    const one = async (of: { toRecords(): Promise<object[]> }) => Object.values((await of.toRecords())[0]!) as unknown[]
    for (const name of ['sum', 'mean', 'std', 'var', 'median', 'min', 'max', 'nunique', 'sem', 'skew', 'kurt'] as const)
      await same(`frame ${name}`, one((frame as Methods<typeof name>)[name]()))
    await same('frame count', Promise.all([x.count().compute(), n.count().compute()]))
    await same('frame prod', one(frame.div(50).prod()))
    await same('frame quantile', one(frame.quantile(0.3)))
    await same('frame idxmax', one(frame.idxmax()))
    await same('frame idxmin', one(frame.idxmin()))
    const withoutName = (list: readonly object[]) =>
      list.map((row) => Object.fromEntries(Object.entries(row).filter(([name]) => name !== 'column' && name !== 'statistic')))
    await same('frame corr', frame.corr().toRecords().then(withoutName))
    await same('frame cov', frame.cov().toRecords().then(withoutName))
    await same('frame describe', frame.describe().toRecords().then(withoutName))
    await same('frame mode', rows.select('key', 'n').mode())
    const flags = rows.select('flag')
    await same(
      'frame any',
      Promise.all([
        flags.any().col('flag').compute(),
        flags
          .assign({ flag: (r) => !r.flag })
          .all()
          .col('flag')
          .compute(),
      ]).then((v) => v.flat()),
    )
    assert.equal(await rows.size.compute(), 360)
    assert.equal(await rows.shape[0].compute(), 60)
    assert.equal(rows.shape[1], 6)
    assert.equal(await x.size.compute(), 60)
  })

  test('other forms', async () => {
    await same('melt', rows.limit(4).melt({ id: 'id', values: ['x', 'n'] }))
    const keys = ['a', 'b', 'ß'] as const
    await alike('pivot', rows.pivotTable({ index: 'flag', columns: 'key', columnValues: keys, values: (r) => mean(r.x) }))
    const pivot = rows
      .assign({ m: (r) => Math.abs(r.n) })
      .dropNa('key')
      .filter((r) => r.x !== null)
      .pivotTable({ index: 'm', columns: 'key', columnValues: keys, values: (r) => sum(r.x) })
    await alike('pivot sum', pivot)
    await same('dummies', rows.select('id', 'key').getDummies({ key: keys }))
    const categories = await rows.select('id', 'key').categorize('key')
    await same('dummies', categories.getDummies(['key']))
    const lists = fromRecords([
      { i: 1, l: [1, 2] },
      { i: 2, l: [] },
      { i: 3, l: [3] },
    ])
    await same('explode frame', lists.explode('l'))
  })

  test('as-of joins', async () => {
    const quotes = fromRecords(
      (answers['quotes'] as { t: string; key: string; q: number }[]).map((q) => ({ ...q, t: new Date(q.t) })),
    )
    const trades = rows.dropNa('key').select('id', 'key', 't')
    for (const direction of ['backward', 'forward', 'nearest'] as const) {
      const any = quotes.drop('key')
      await alike(`asof ${direction}`, trades.mergeAsof(any, { on: 't', direction }).select('id', 'q'))
      await alike(`asof by ${direction}`, trades.mergeAsof(quotes, { on: 't', by: 'key', direction }).select('id', 'q'))
      await alike(
        `asof tolerance ${direction}`,
        trades.mergeAsof(any, { on: 't', direction, tolerance: '30min' }).select('id', 'q'),
      )
      const steps = fromRecords(answers['steps'] as { n: number; q: number }[])
      const numbers = rows.mergeAsof(steps, { on: 'n', direction, allowExactMatches: direction === 'nearest' }).select('id', 'q')
      await alike(`asof numbers ${direction}`, numbers)
      if (direction === 'backward')
        await alike('asof numbers tolerance', rows.mergeAsof(steps, { on: 'n', tolerance: 1 }).select('id', 'q'))
    }
  })
})

test('groups', async () => {
  const groups = rows.groupBy('key')
  const column = async (of: { toRecords(): Promise<{ x: unknown }[]> }) => (await of.toRecords()).map((row) => row.x)
  for (const name of ['cumsum', 'cummax', 'cummin', 'ffill', 'bfill', 'shift', 'diff'] as const)
    await same(`group ${name}`, column((groups as Methods<typeof name, Rows<{ x: unknown }>>)[name]()))
  await same(
    'group cumprod',
    column(
      rows
        .assign({ x: (r) => r.x! / 50 })
        .groupBy('key')
        .cumprod(),
    ),
  )
  await same('group cumcount', groups.cumcount().col('cumcount'))
  await same('group rank', groups.rank({ method: 'min' }).col('n'))
  await same('group rolling', column(groups.rolling(3, { minPeriods: 1 }).mean()))
  await same('group expanding', column(groups.expanding().sum()))
  await same(
    'group transform',
    groups
      .transform({ x: (r) => mean(r.x!) })
      .sort('id')
      .col('x'),
  )
  await same('get group', groups.getGroup('ß').select('id'))
  const strict = rows.dropNa('key').select('id', 'key', 'n').groupBy('key')
  const places = fromRecords((await rows.select('key', 'n').toRecords()).map((row) => row)).groupBy('key')
  for (const name of ['sem', 'median', 'nunique', 'std', 'var', 'first', 'last', 'count', 'min', 'max', 'mean', 'sum'] as const)
    await alike(
      `group ${name}`,
      (strict as Methods<typeof name, { select(...names: ('key' | 'n')[]): Rows }>)[name]().select('key', 'n'),
    )
  await alike(
    'group prod',
    rows
      .dropNa('key')
      .assign({ n: (r) => r.n / 4 })
      .groupBy('key')
      .prod()
      .select('key', 'n'),
  )
  await alike('group idxmax', places.idxmax().dropNa('key').select('key', 'n'))
  await alike('group idxmin', places.idxmin().dropNa('key').select('key', 'n'))
  await alike('group quantile', rows.dropNa('key').groupBy('key').quantile(0.3).select('key', 'x'))
  await alike('group size', strict.size())
  const both = rows.dropNa('key').select('key', 'x', 'n').groupBy('key')
  await alike('group corr', both.corr())
  await alike('group cov', both.cov())
  const applied = strict.apply(
    (list) => {
      let total = 0
      for (const row of list) total += row.id * row.n
      return total
    },
    { type: 'number' },
  )
  await alike('group apply', applied)
  await alike('group size', strict.aggregate({ size: count() }))
})

test('times', async () => {
  const long = fromRecords((answers['long'] as { t: string; x: number }[]).map((row) => ({ ...row, t: new Date(row.t) })))
  const utc = rows.select('t', 'x')
  for (const rule of ['15min', '7h', '1h', '1d', '2d', '1w', '1mo', '1q', '1y']) {
    const source: typeof utc = /min|h/.test(rule) ? utc : (long as unknown as typeof utc)
    for (const name of ['sum', 'count', 'mean'] as const)
      await same(`resample ${rule} ${name}`, (source.resample(rule, { on: 't' }) as Methods<typeof name>)[name]())
    if (rule !== '15min')
      await same(`resample ${rule} in Zurich`, source.resample(rule, { on: 't', timeZone: 'Europe/Zurich' }).sum())
  }
  const six = rows.select('t', 'n').resample('6h', { on: 't' })
  for (const name of ['first', 'last', 'max', 'min', 'median', 'nunique', 'prod', 'sem', 'std', 'var'] as const)
    await same(`resample all ${name}`, (six as Methods<typeof name>)[name]())
  await same('resample all size', six.size().rename({ size: 'n' }))
  await same('resample quantile', six.quantile(0.3))
  await same('resample ohlc', six.ohlc('n'))
  await same('resample all max', six.agg({ n: (r) => max(r.n) }))
  await same(
    'resample all max',
    n
      .resample('6h', { on: rows.col('t') })
      .max()
      .rename({ time: 't', value: 'n' }),
  )
})

describe('accessors', () => {
  test('dates', async () => {
    const days = toDatetime(series(answers['days'] as string[]))
    const zurich = rows.col('t').dt.inZone('Europe/Zurich')
    const fields =
      `year quarter month day dayOfWeek weekday dayOfYear daysInMonth hour minute second microsecond nanosecond isLeapYear
      isMonthStart isMonthEnd isQuarterStart isQuarterEnd isYearStart isYearEnd`.split(/\s+/) as 'year'[]
    for (const field of fields) {
      await same(`dt ${field}`, days.dt[field])
      await same(`dt ${field} in Zurich`, zurich[field])
    }
    await same('dt week', days.dt.week)
    await same('dt isocalendar', days.dt.isocalendar())
    await same('dt date', days.dt.date)
    await same('dt time', days.dt.time)
    await same('dt normalize', days.dt.normalize())
    await same('dt strftime', days.dt.strftime('%Y/%m/%d %H:%M:%S.%f %j %a %b %y %p %I %U'))
    for (const [rule, theirs] of [
      ['15min', '15min'],
      ['1h', '1h'],
      ['1d', '1D'],
    ] as const)
      for (const name of ['floor', 'ceil', 'round'] as const) await same(`dt ${name} ${theirs}`, days.dt[name](rule))
    await same('dt round halves', toDatetime(series(['2024-01-01 00:30', '2024-01-01 01:30'])).dt.round('1h'))
    await same('dt normalize in Zurich', zurich.normalize())
    assert.equal(zurich.tz, 'Europe/Zurich')
    assert.equal(days.dt.tz, null)
  })

  test('texts', async () => {
    const words = series(answers['words'] as (string | null)[])
    const s = words.str
    const plain =
      `capitalize casefold isalnum isalpha isdecimal isdigit isnumeric isspace islower isupper istitle len lower upper strip
      lstrip rstrip swapcase title`.split(/\s+/) as 'upper'[]
    for (const name of plain) await same(`str ${name}`, s[name]())
    await same('str strip chars', s.strip('aA '))
    await same('str center', s.center(9, '*'))
    await same('str ljust', s.ljust(9, '*'))
    await same('str rjust', s.rjust(9, '*'))
    await same('str pad', s.pad(9, 'both'))
    await same('str zfill', series(['-1', '+12', 'a', '12345678', '日本']).str.zfill(5))
    await same('str contains', s.contains('a'))
    await same('str contains pattern', s.contains(/\p{Nd}+/u))
    await same('str count', s.count('a'))
    await same('str count pattern', s.count(/[ab]/))
    await same('str startswith', s.startswith('a'))
    await same('str endswith', s.endswith('c'))
    await same('str endswith several', s.endswith('c', 'e'))
    await same('str extract', s.extract(/([a-z])(\d+)/, 2))
    await same('str findall', s.findall(/\p{Nd}+/u))
    assert.deepEqual(await s.extractall(/([a-z])-/).compute(), await s.findall(/([a-z])-/).compute())
    await same('str find', s.find('a'))
    await same('str find range', s.find('a', 1, 4))
    await same('str rfind', s.rfind('a'))
    await same('str fullmatch', s.fullmatch(/[a-z]+/))
    await same('str match', s.match(/[a-z]+/))
    await same('str get', s.get(1))
    await same('str get last', s.get(-1))
    const places = series(['xa', 'ba', '日a'])
    await same('str index', places.str.index('a'))
    await same('str rindex', series(['axa', 'ba', '日a']).str.rindex('a'))
    await assert.rejects(places.str.index('x').compute(), /"x" is not in "ba"/)
    await same('str join', s.join('-'))
    await same('str normalize', s.normalize('NFKD'))
    await same('str partition', s.partition('-'))
    await same('str rpartition', s.rpartition('-'))
    await same('str repeat', s.repeat(2))
    await same('str replace', s.replace('a', '$1'))
    await same('str replace once', s.replace('a', '#', 1))
    await same('str replace pattern', s.replace(/(\p{Nd})/u, '<$1>'))
    await same('str split', s.split())
    await same('str split comma', s.split(','))
    await same('str split once', s.split('-', 1))
    await same('str rsplit once', s.rsplit('-', 1))
    await same('str rsplit spaces', s.rsplit(undefined, 1))
    await same('str slice', s.slice(1, 4))
    await same('str slice negative', s.slice(-3))
    await same('str slice step', s.slice(undefined, undefined, -2))
    await same('str translate', s.translate({ a: 'xx', '-': null }))
    await same('str wrap', series(['the quick brown-fox jumped  over', 'averyveryverylongword and more', '']).str.wrap(10))
    await same('str cat', s.cat(s.upper(), { separator: '|' }))
    await same('str cat missing', s.cat(s.upper(), { separator: '|', missing: '-' }))
    await same('str encode', s.encode())
    assert.deepEqual(await (s.encode() as Series<Uint8Array | null>).str.decode().compute(), answers['words'])
  })

  test('categories', async () => {
    const frame = fromRecords(['M', 'S', null, 'L', 'M'].map((size) => ({ size })))
    const sizes = frame.col('size').cat.setCategories(['S', 'M', 'L'], { ordered: true })
    await same('cat codes', sizes.cat.codes)
    await same('cat sorted', frame.assign({ size: sizes }).sort('size').col('size'))
    await same('cat removed', sizes.cat.removeCategories('M'))
    await same('cat renamed', sizes.cat.renameCategories({ S: 'small' }))
    await same('cat set', sizes.cat.setCategories(['M', 'XL']))
    await same('cat reordered codes', sizes.cat.reorderCategories(['L', 'M', 'S']).cat.codes)
    const unused = await sizes.cat.addCategories('XL').cat.removeUnusedCategories()
    await same('cat unused', Promise.resolve(unused.cat.categories))
    assert.deepEqual([sizes.cat.known, sizes.cat.ordered, sizes.cat.asUnordered().cat.ordered], [true, true, false])
    assert.equal(sizes.cat.asUnordered().cat.asOrdered().cat.ordered, true)
    const found = await sizes.cat.asUnknown().cat.asKnown()
    assert.deepEqual(found.cat.categories, ['L', 'M', 'S'])
    assert.throws(() => frame.col('size').cat.categories, /not known.*asKnown/s)
    assert.deepEqual(await frame.assign({ size: sizes }).col('size').cat.codes.compute(), [1, 0, -1, 2, 1])
  })
})

// What is wrong is said where it is made, with names and places.
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import {
  ColumnError,
  LambdaError,
  QueryError,
  UnsafeInteger,
  count,
  fromRecords,
  mean,
  readCsv,
  readJson,
  readParquet,
  sql,
} from 'heddle/dataframe'
import { plainSql } from './plain-sql.js'

const folder = mkdtempSync(join(tmpdir(), 'heddle-test-'))
after(() => rmSync(folder, { recursive: true }))
declare function nowhere(x: number): number
const at = (name: string) => join(folder, name)

async function parquet(name: string, select: string): Promise<string> {
  await plainSql(`copy (${select}) to '${at(name)}' (format parquet)`)
  return at(name)
}

describe('files', () => {
  test('that are damaged, cut off, or of other types', async () => {
    writeFileSync(at('no.parquet'), 'this is no parquet file at all')
    assert.throws(
      () => readParquet(at('no.parquet')),
      (error: Error) => error instanceof QueryError && /no\.parquet'.*damaged/s.test(error.message),
    )
    writeFileSync(at('end.parquet'), 'PAR1 nonsense PAR1')
    assert.throws(() => readParquet(at('end.parquet')), /end\.parquet'.*damaged/s)
    const whole = await parquet('cut.parquet', 'select range a from range(1000)')
    truncateSync(whole, 200)
    assert.throws(() => readParquet(whole), /cut\.parquet'.*damaged/s)
    // Its end is whole, so that it is found out when rows are read.
    const harmed = await sql('SELECT i, i * 1.5 AS x, $$x$$ || i AS text FROM range(10000) t(i)').toParquet(at('harmed.parquet'))
    writeFileSync(harmed, readFileSync(harmed).fill(7, 200, 9000))
    await assert.rejects(
      readParquet(harmed).toRecords(),
      (error: Error) => error instanceof QueryError && /The file is damaged/s.test(error.message),
    )
    const first = await parquet('1.parquet', "select 1::integer a, 'x' b")
    const second = await parquet('2.parquet', "select 1.5::double a, 'x' b")
    const third = await parquet('3.parquet', 'select 1::integer a')
    assert.throws(
      () => readParquet([first, second]),
      (error: Error) => error instanceof ColumnError && /2\.parquet: "a" is DOUBLE/.test(error.message),
    )
    assert.throws(
      () => readParquet([first, third]),
      (error: Error) => error instanceof ColumnError && /3\.parquet: there is no column "b"/.test(error.message),
    )
    assert.throws(
      () => readParquet([third, first]),
      (error: Error) =>
        error instanceof ColumnError && /1\.parquet: there is a column "b", which .*3\.parquet has not/.test(error.message),
    )
    assert.throws(() => readParquet(at('none.parquet')), /none\.parquet/)
  })

  test('rows of CSV that do not fit, with file and line', async () => {
    writeFileSync(at('long.csv'), 'a,b\n1,x\n2,y,z,w\n3,q\n')
    assert.throws(() => readCsv(at('long.csv')), /long\.csv, line 3: .*2,y,z,w/)
    writeFileSync(at('text.csv'), 'a,b\n1,x\nfoo,y\n')
    await assert.rejects(readCsv(at('text.csv'), { types: { a: 'number' } }).toRecords(), /text\.csv, line 3: .*"a".*foo/)
    assert.deepEqual(await readCsv<{ a: string; b: string }>([at('text.csv')]).toRecords(), [
      { a: '1', b: 'x' },
      { a: 'foo', b: 'y' },
    ])
  })

  test('rows of CSV before one that does not fit are neither left out nor taken for something else', async () => {
    const read = (text: string, options = {}) => {
      writeFileSync(at('form.csv'), text)
      return readCsv(at('form.csv'), options).toRecords()
    }
    const wrong: [string, RegExp][] = [
      ['a,b\n1,2\n3,4\n5,x,7\n', /form\.csv, line 4: .*5,x,7/],
      ['a,b\n1,2\n3,4\n5\n', /form\.csv, line 4: .*5/],
      ['a\n1,2\n3,4\n5,6\n', /form\.csv, line 2: .*1,2/],
      ['a title\na,b\n1,2\n', /form\.csv, line 2: .*a,b/],
      ['a,b\n# note\n1,2\n', /form\.csv, line 2: .*# note/],
    ]
    for (const [text, message] of wrong) await assert.rejects(async () => await read(text), message)
    assert.deepEqual(await read('a,b\n#1,2\n#3,4\n5,6\n'), [
      { a: '#1', b: 2 },
      { a: '#3', b: 4 },
      { a: '5', b: 6 },
    ])
    const rows = [
      { a: 1, b: 2 },
      { a: 3, b: 4 },
    ]
    assert.deepEqual(await read('\n  \na,b\n1,2\n3,4\n'), rows)
    assert.deepEqual(await read('\r\na,b\r\n1,2\r\n3,4\r\n'), rows)
    assert.deepEqual(await read('a title\n\na,b\n1,2\n3,4\n', { skip: 2 }), rows)
    assert.deepEqual(await read('a,b\n# note\n1,2\n3,4\n', { comment: '#' }), rows)
  })

  test('files of CSV of other columns, with file and column; types of columns that are not there', async () => {
    const files = Object.entries({
      'p.csv': 'a,b\n1,2\n',
      'q.csv': 'a,c\n1,2\n',
      'r.csv': '"b",a,"c, d"\n1,2,3\n',
      's.csv': 'b,a\n4,3\n',
    })
    const [p, q, r, s] = files.map(([name, text]) => {
      writeFileSync(at(name), text)
      return at(name)
    }) as [string, string, string, string]
    const wrong: [RegExp, () => unknown][] = [
      [/q\.csv: there is no column "b".*p\.csv has it/, () => readCsv([p, q])],
      [/r\.csv: there is a column "c, d", which .*p\.csv has not/, () => readCsv([p, r])],
      [/types: .*p\.csv: there is no column "bb". Did you mean "b"\?/, () => readCsv(p, { types: { bb: 'number' } })],
    ]
    for (const [message, read] of wrong)
      assert.throws(read, (error: Error) => error instanceof ColumnError && message.test(error.message), String(message))
    assert.throws(() => readCsv(p, { types: { a: 'integr' as 'number' } }), /"integr" of "a" is no type: 'number'/)
    // The order of columns is no matter.
    assert.deepEqual(await readCsv([p, s]).toRecords(), [
      { a: 1, b: 2 },
      { a: 3, b: 4 },
    ])
    writeFileSync(at('open.csv'), 'a,b\n1,"open\n4,5\n')
    assert.throws(() => readCsv(at('open.csv')), /open\.csv, line 2: A quote is opened that nothing closes/)
  })

  test('JSON that is none', () => {
    writeFileSync(at('bad.jsonl'), '{"a":1}\n{"a":\n')
    assert.throws(() => readJson(at('bad.jsonl')), /bad\.jsonl/)
  })

  test('JSON whose values have no type in common', async () => {
    writeFileSync(at('numbers.jsonl'), '{"a":1,"b":null}\n{"a":2.5,"b":null}\n')
    writeFileSync(at('texts.jsonl'), '{"a":"x","b":null}\n')
    writeFileSync(at('both.jsonl'), '{"a":1}\n{"a":"x"}\n')
    writeFileSync(at('alike.jsonl'), '{"a":{"x":1}}\n{"a":{"x":"y"}}\n{"a":null}\n')
    const [numbers, texts] = [at('numbers.jsonl'), at('texts.jsonl')]
    assert.throws(
      () => readJson([numbers, texts]),
      (error: Error) =>
        error instanceof ColumnError &&
        error.message.startsWith(`${texts}: "a" is texts in some rows and numbers in others (of ${numbers})`),
    )
    assert.throws(() => readJson(at('both.jsonl')), /both\.jsonl: "a" is texts in some rows and numbers in others: a column/)
    assert.deepEqual(await readJson(numbers).toRecords(), [
      { a: 1, b: null },
      { a: 2.5, b: null },
    ])
    assert.equal((await readJson(at('alike.jsonl')).toRecords()).length, 3)
  })

  test('integers that are too large for numbers', async () => {
    const file = await parquet('big.parquet', 'select 9007199254740993::bigint id')
    await assert.rejects(
      readParquet(file).toRecords(),
      (error: Error) => error instanceof UnsafeInteger && error.message.includes('bigint'),
    )
    await assert.rejects(
      readParquet<{ id: number }>(file)
        .assign({ next: (f) => f.id + 1 })
        .toRecords(),
      /9007199254740993.*bigint/,
    )
    const exact = readParquet(file, { schema: { id: 'bigint' } }).assign({ next: (f) => f.id + 1n })
    assert.deepEqual(await exact.toRecords(), [{ id: 9007199254740993n, next: 9007199254740994n }])
    assert.throws(() => readParquet(file, { schema: { idd: 'number' } }), /Did you mean "id"/)
    assert.throws(() => readParquet(file, { schema: { id: 'string' } }), /schema says string/)
  })

  test('folders whose names say what rows hold are read only where needed', async () => {
    for (const year of [2023, 2024]) {
      mkdirSync(at(`hive/year=${year}`), { recursive: true })
      await parquet(`hive/year=${year}/part.parquet`, `select ${year} * 10 as x`)
    }
    const frame = readParquet<{ x: number; year: number }>(at('hive')).filter((f) => f.year === 2024)
    assert.match(frame.explain(), /year=2024\/part\.parquet, 1 of 2 files/)
    assert.deepEqual(await frame.toRecords(), [{ x: 20_240, year: 2024 }])
  })
})

describe('functions', () => {
  const frame = fromRecords([
    { delay: 1, origin: 'A', date: new Date(0), air: null },
    { delay: 2, origin: 'B', date: new Date(1), air: 5 },
  ])

  test('that must not be', () => {
    const then = new Date(5)
    let calls = 0
    const seen: string[] = []
    const wrong: [RegExp, () => unknown][] = [
      [/Did you mean "delay"/, () => frame.filter((f) => (f as unknown as { dealy: number }).dealy > 3)],
      [/side effects/, () => frame.filter(() => calls++ > 0)],
      [/side effects/, () => frame.filter((f) => seen.push(f.origin) > 0)],
      [/getTime\(\)/, () => frame.filter((f) => f.date === then)],
      [/count is not called. Write count\(\)/, () => frame.groupBy('origin').agg({ n: count as unknown as () => number })],
      [/"delay" has many values in a group/, () => frame.groupBy('origin').agg({ n: (f) => f.delay * 2 })],
      [/mean\(\) is of many rows/, () => frame.filter((f) => mean(f.delay) > 3)],
      [/only inside a function of agg/, () => mean(3)],
      [/nowhere.*neither a variable nor a parameter/, () => frame.filter((f) => nowhere(f.delay) > 3)],
      [
        /Math\.nowhere.*not a function/,
        () => frame.filter((f) => (Math as unknown as { nowhere: typeof nowhere }).nowhere(f.delay) > 3),
      ],
      [
        /bad-input.*\.startWith\(\) is no method.*string\. Did you mean startsWith\(\)/,
        () => frame.filter((f) => (f.origin as unknown as { startWith(of: string): boolean }).startWith('A')),
      ],
      [/\.trim\(\) is no method.*number/, () => frame.assign({ x: (f) => (f.delay as unknown as string).trim() })],
      [/assigns to a variable or a property/, () => frame.assign({ x: (f) => (f.delay = 5) })],
      [/calls console\.log/, () => frame.filter((f) => (console.log(f), true))],
      [/asynchronous/, () => frame.filter((async (f: { delay: number }) => f.delay > 3) as never)],
      [/of numbers, not of string/, () => frame.groupBy('air').agg({ n: (f) => mean(f.origin as unknown as number) })],
    ]
    for (const [message, make] of wrong) {
      assert.throws(
        make,
        (error: Error) => (error instanceof LambdaError || error instanceof ColumnError) && message.test(error.message),
        String(message),
      )
    }
    assert.equal(calls, 0)
  })

  test('in JavaScript that read nulls without asking', async () => {
    const loop = (value: number | null): boolean => {
      for (const x of [1]) if (value! > x) return true
      return false
    }
    assert.throws(() => frame.filter((f) => loop(f.air)), /reads "air", which holds nulls/)
    assert.equal(
      await frame
        .filter((f) => loop(f.air), { nulls: 'js' })
        .count()
        .compute(),
      1,
    )
    assert.throws(() => frame.assign({ x: (f) => loop(f.delay) }), /types: \{ NAME/)
  })

  test('in JavaScript that throw', async () => {
    const failing = frame.filter((f) => {
      for (;;) throw new RangeError(`no ${f.delay}`)
    })
    await assert.rejects(
      failing.toRecords(),
      (error: Error) => error.cause instanceof RangeError && error.message.includes('no 1'),
    )
  })

  test('rows of several types', async () => {
    assert.throws(() => fromRecords([{ a: 1 }, { a: 'x' }]), /"a" is number in earlier rows and string in row 1/)
    assert.throws(() => fromRecords([{ a: Symbol('x') }]), ColumnError)
    assert.throws(() => fromRecords([{ a: 1, A: 2 }]), /"a" and "A"/)
    assert.throws(() => frame.assign({ Delay: (f) => f.delay }), /"delay" and "Delay"/)
    assert.throws(() => frame.join(fromRecords([{ origin: 1 }]) as never, { on: 'origin' as never }), /number on the right/)
    for (const [other, type] of [
      [new Date(), 'Date'],
      [true, 'boolean'],
      ['1', 'string'],
    ] as const) {
      const right = fromRecords([{ delay: other }])
      for (const how of ['inner', 'left', 'right', 'full', 'semi', 'anti'] as const)
        assert.throws(
          () => frame.join(right as never, { on: 'delay' as never, how: how as 'inner' }),
          (error: Error) =>
            error instanceof ColumnError &&
            new RegExp(`"delay" is number.* on the left and "delay" is ${type}.* on the right`).test(error.message),
        )
    }
    assert.throws(() => frame.join(frame, { on: 'origin', how: 'iner' as 'inner' }), /how: inner, left, .* expected, not "iner"/)
    assert.throws(() => (frame as unknown as { join(other: object): void }).join(frame), /0 keys on the left/)
    await assert.rejects(
      frame.select('delay', 'origin').toParquet(at('o'), { partitionBy: 'origin' as never }),
      /a list of columns is expected, not "origin"/,
    )
    assert.throws(
      () => sql('SELECT * FROM nowhere'),
      (error: Error) => error.message.endsWith('nowhere does not exist!'),
    )
    assert.throws(
      () => frame.select('delay').concat(fromRecords([{ delay: 'x' }]) as never),
      /"delay" is number.* in one and string in another/,
    )
  })
})

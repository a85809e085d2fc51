// Files of Avro, Arrow and lines, and tables of databases, are read in several pieces by several processes.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { tableFromArrays, tableToIPC } from 'apache-arrow'
import { Client } from 'heddle'
import {
  type DataFrame,
  DataFrameError,
  fromArrow,
  fromRecords,
  readArrow,
  readAvro,
  readFwf,
  readSqlTable,
  readText,
} from 'heddle/dataframe'
import { planFor } from '../../src/dataframe/physical/distributed.js'
import { optimised } from '../../src/dataframe/rules/index.js'

const folder = mkdtempSync(join(tmpdir(), 'heddle-pieces-'))
let client: Client

before(async () => {
  client = await Client.connect({ workers: 2, threadsPerWorker: 1 }, { setAsDefault: false })
})

after(async () => {
  await client.close()
  rmSync(folder, { recursive: true, force: true })
})

const rows = Array.from({ length: 4000 }, (_, i) => ({
  id: i,
  name: i % 7 === 0 ? null : `name ${i % 100}`,
  half: i / 2,
  at: new Date(Date.UTC(2024, 0, 1) + i * 60_000),
}))
const frame = fromRecords(rows)

const partitionsOf = ({ plan }: Pick<DataFrame<object>, 'plan'>): number => planFor(optimised(plan), client).root.size

const shown = (records: readonly object[]): string[] =>
  records.map((record) => JSON.stringify(record, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value)))

/** The same rows in the same order in pieces on the cluster, as one statement, and as they were. */
async function agree<S extends object>(read: DataFrame<S>, expected: readonly object[], least: number): Promise<void> {
  assert.ok(partitionsOf(read) >= least, `${partitionsOf(read)} partitions`)
  assert.deepEqual(shown(await read.toRecords()), shown(expected))
  assert.deepEqual(shown(await read.toRecords({ executor: client })), shown(expected))
}

describe('read in pieces', () => {
  test('Avro, by the marks between blocks', async () => {
    const path = join(folder, 'rows.avro')
    await frame.toAvro(path, { codec: 'deflate' })
    await agree(await readAvro(path, { blockSize: 10_000 }), rows, 5)
  })

  for (const form of ['file', 'stream'] as const) {
    test(`Arrow, a ${form} of several batches with dictionaries`, async () => {
      const batch = (from: number, length: number) =>
        tableFromArrays({
          x: Int32Array.from({ length }, (_v, i) => from + i),
          text: Array.from({ length }, (_v, i) => (i % 5 === 0 ? null : `text ${from} ${i % 9}`)),
          big: BigInt64Array.from({ length }, (_v, i) => BigInt(i) - 250n),
        })
      // A file has one dictionary, in a stream another one may follow.
      const whole = batch(0, 3000)
      const parts = Array.from({ length: 6 }, (_, part) =>
        form === 'file' ? whole.slice(part * 500, part * 500 + 500) : batch(part * 500, 500),
      )
      const table = parts[0]!.concat(...parts.slice(1))
      const path = join(folder, `rows.${form}`)
      writeFileSync(path, tableToIPC(table, form))
      await agree(readArrow(path, { blockSize: 10_000 }), await fromArrow(table).toRecords(), 3)
    })
  }

  test('Arrow: what is cut off or something else is an error at once', () => {
    const bytes = tableToIPC(tableFromArrays({ x: [1, 2, 3] }), 'file')
    for (const [name, content] of [
      ['cut', bytes.subarray(0, bytes.length - 20)],
      ['text', Buffer.from('id,name\n1,x\n2,y\nand so on, and so on')],
      ['empty', Buffer.alloc(0)],
    ] as const) {
      const path = join(folder, `${name}.arrow`)
      writeFileSync(path, content)
      assert.throws(() => readArrow(path), DataFrameError, name)
    }
  })

  test('lines, and fields of fixed widths', async () => {
    const path = join(folder, 'lines.txt')
    writeFileSync(path, rows.map(({ id, name }) => `${String(id).padEnd(6)}${name ?? ''}`).join('\n'))
    const lines = rows.map(({ id, name }) => ({ line: `${String(id).padEnd(6)}${name ?? ''}` }))
    await agree(readText(path, { blockSize: 10_000 }), lines, 5)
    const fields = rows.map(({ id, name }) => ({ id: String(id), name }))
    await agree(readFwf(path, { id: [0, 6], name: [6, 30] }, { blockSize: 10_000 }), fields, 5)
    await agree(readFwf(path, { id: [0, 6], name: [6, 30] }, { blockSize: 10_000, skip: 1000 }), fields.slice(1000), 1)
  })

  describe('a table of a database', () => {
    const url = `sqlite:${join(folder, 'rows.db')}`
    const some = rows.slice(0, 2000).map(({ id, name, half }) => ({ id: id % 11 === 0 ? null : id, name, half }))

    before(() => fromRecords(some).toSql('rows', url))

    const byHalf = (records: readonly { half: number }[]) => shown([...records].sort((a, b) => a.half - b.half))

    test('by ranges of a column, of which rows without a value are not forgotten', async () => {
      const read = await readSqlTable<{ half: number }>('rows', url, { partitionBy: 'id', partitions: 4 })
      assert.equal(partitionsOf(read), 4)
      assert.deepEqual(byHalf(await read.toRecords({ executor: client })), byHalf(some))
      assert.deepEqual(byHalf(await read.toRecords()), byHalf(some))
    })

    test('by bounds, and by numbers', async () => {
      const bounded = await readSqlTable<{ half: number }>('rows', url, { partitionBy: 'name', bounds: ['name 3', 'name 50'] })
      assert.equal(partitionsOf(bounded), 3)
      assert.deepEqual(byHalf(await bounded.toRecords({ executor: client })), byHalf(some))
      const numbers = await readSqlTable<{ half: number }>('rows', url, { partitionBy: 'half', partitions: 3, columns: ['half'] })
      assert.equal(await numbers.count().compute({ executor: client }), some.length)
    })

    test('what makes no sense is an error', async () => {
      await assert.rejects(readSqlTable('rows', url, { partitionBy: 'ide', partitions: 2 }), /ide/)
      await assert.rejects(readSqlTable('rows', url, { partitionBy: 'name', partitions: 2 }), /bounds/)
      await assert.rejects(readSqlTable('rows', url, { partitionBy: 'id' }), /partitions/)
      await assert.rejects(readSqlTable('rows', url, { partitions: 2 }), /partitionBy/)
      await assert.rejects(readSqlTable('rows', url, { partitionBy: 'id', bounds: [5, 3] }), /ascending/)
    })
  })
})

import { DuckDBInstance } from '@duckdb/node-api'
import { type Reply, serve } from '../contestant.js'
import { questions, tables } from '../dataframe-questions.js'

// Plain DuckDB: the same statements, written by hand, in a database of its own.
const instance = await DuckDBInstance.create(':memory:')
const connection = await instance.connect()
let views: string | undefined

await serve('plain DuckDB', [], async ({ question, folder }): Promise<Reply> => {
  if (views !== folder) {
    views = folder as string
    for (const table of tables) {
      const name = table === 'left' ? 'left_' : table
      await connection.run(`CREATE OR REPLACE VIEW ${name} AS SELECT * FROM read_parquet('${views}/${table}.parquet')`)
    }
  }
  const { sql, sum } = questions.find(({ name }) => name === question)!
  const started = performance.now()
  await connection.run(`CREATE TABLE answer AS ${sql}`)
  const [count] = (await connection.runAndReadAll('SELECT count(*)::INTEGER FROM answer')).getRows()
  const seconds = (performance.now() - started) / 1000
  const [total] = (await connection.runAndReadAll(`SELECT sum(${sum})::DOUBLE FROM answer`)).getRows()
  await connection.run('DROP TABLE answer')
  return { figures: { seconds }, check: [count![0] as number, Number((total![0] as number).toPrecision(6))] }
})

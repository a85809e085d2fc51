import { type MessagePort, workerData } from 'node:worker_threads'
import type { DuckDBConnection } from '@duckdb/node-api'
import { asError } from '../base/index.js'
import type { Answer } from './describe-now.js'
import { duckdbLibrary } from './library.js'

const { port, answers } = workerData as { port: MessagePort; answers: Int32Array }
let connection: Promise<DuckDBConnection> | undefined

async function open(): Promise<DuckDBConnection> {
  const instance = await duckdbLibrary().DuckDBInstance.create(':memory:', {
    threads: '1',
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  })
  return instance.connect()
}

async function ask(sql: string): Promise<Answer> {
  try {
    connection ??= open()
    const reader = await (await connection).runAndReadAll(sql)
    return { rows: reader.getRows().map((row) => row.map((value) => (value === null ? null : String(value)))) }
  } catch (error) {
    return { failure: asError(error).message }
  }
}

port.on('message', (sql: string) => {
  void ask(sql).then((answer) => {
    port.postMessage(answer)
    Atomics.add(answers, 0, 1)
    Atomics.notify(answers, 0)
  })
})

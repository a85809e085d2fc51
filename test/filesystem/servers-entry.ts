// Servers in a thread of their own: planning a bag makes its thread stand still until the servers have answered.
import { rmSync } from 'node:fs'
import { parentPort } from 'node:worker_threads'
import S3rver from '@20minutes/s3rver'
import { temporaryFolderSync } from '../../src/filesystem/index.js'
import { FaultyServer } from './faulty-server.js'

const directory = temporaryFolderSync('heddle-s3-')
const s3 = new S3rver({ address: '127.0.0.1', port: 0, silent: true, directory, configureBuckets: [{ name: 'looms' }] })
const { port } = await s3.run()
const http = new FaultyServer()
parentPort!.on('message', (message: 'stop' | { path: string; content: Uint8Array; ranges: boolean }) => {
  if (message === 'stop') void stop()
  else {
    http.files.set(message.path, Buffer.from(message.content))
    http.ranges = message.ranges
    parentPort!.postMessage('kept')
  }
})

async function stop(): Promise<void> {
  await Promise.all([s3.close(), http.stop()])
  rmSync(directory, { recursive: true, force: true })
  parentPort!.close()
}

parentPort!.postMessage({ s3: `http://127.0.0.1:${port}`, http: await http.start() })

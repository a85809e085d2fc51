import { execute } from '../../../src/runner/index.js'

const product = await execute(async (client) => client.submit((a: number, b: number) => a * b, 6, 7), {
  threads: 1,
  protocol: 'tcp',
  scheduler: { host: '127.0.0.1' },
})
console.log(`rank ${process.env.OMPI_COMM_WORLD_RANK}: ${product}`)

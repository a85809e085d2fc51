// A program of several ranks. HOW says how it ends.
import { Client } from '../../../src/client/index.js'
import { MPIRunner } from '../../../src/runner/index.js'

const { HOW = 'well', FILE, JOIN = '60 s', INCLUSIVE, PAGE } = process.env
const rank = process.env.OMPI_COMM_WORLD_RANK ?? process.env.PMI_RANK ?? process.env.SLURM_PROCID

if (HOW === `early ${rank}`) throw new Error('this rank fails before it has joined')
const runner = await MPIRunner.start({
  scheduler: { host: '127.0.0.1', protocol: 'tcp' },
  worker: { threads: 1 },
  joinTimeout: JOIN,
  exclusiveWorkers: INCLUSIVE === undefined,
  ...(FILE === undefined ? {} : { schedulerFile: FILE }),
  hooks: {
    onScheduler: ({ address, dashboard }) => console.log(`scheduler ${address}, its page ${dashboard}`),
    onWorker: () => console.log('worker'),
    beforeClient: () => console.log('client'),
  },
})
await runner.waitForWorkers()
const client = await Client.connect(runner)
const names = (await client.workers()).map(({ name }) => name).sort()
if (PAGE !== undefined) {
  const link = runner.dashboardLink
  console.log(JSON.stringify({ link, status: link && (await fetch(link, { redirect: 'manual' })).status }))
}
console.log(JSON.stringify({ names, sum: await client.submit((a: number, b: number) => a + b, 40, 2) }))
switch (HOW) {
  case 'throw':
    throw new Error('the program is wrong')
  case 'exit':
    process.exit(3)
    break
  case 'forget':
    break
  case 'stay':
    await new Promise((resolve) => setTimeout(resolve, 600_000))
    break
  default:
    await client.close()
    await runner.close()
}

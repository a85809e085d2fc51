// A batch job whose tasks are a cluster: task 0 schedules, task 1 runs what is below, the others work.
// Submit it with slurm-runner.sh, which is beside this file.
import { hostname, tmpdir } from 'node:os'
import { Client } from 'heddle'
import { SlurmRunner } from 'heddle/jobqueue'

const scratch = process.env.SCRATCH ?? tmpdir()

// Every task comes here; only task 1 goes on. Each worker takes the memory that Slurm grants to a task.
const runner = await SlurmRunner.start({
  schedulerFile: `${scratch}/scheduler-{job_id}.json`,
  worker: { localDirectory: scratch },
  // Its key is no part of what a log may hold: runner.dashboardLink has it.
  hooks: { onScheduler: ({ dashboard }) => console.log(`the dashboard: ${dashboard} on ${hostname()}`) },
})
const client = await Client.connect(runner)
await runner.waitForWorkers()
console.log(`the scheduler listens at ${runner.address}`)

console.log(await client.submit((x: number) => x + 1, 10))
// Workers have the numbers of their tasks for names.
console.log(await client.with({ workers: ['2'] }).submit((x: number) => x + 1, 20))
console.log('SlurmRunner works')

await client.close()
// The other tasks end, with exit code 0.
await runner.close()

import { parseArgs } from 'node:util'
import { simulateCoordination } from './coordination.js'
import { simulateMany } from './many.js'
import { simulate } from './simulation.js'

/*
 * The simulator from the command line.
 *
 *   npm run simulate -- --seeds 20000            many seeds, on all cores
 *   npm run simulate -- --seeds 1000 --from 500
 *   npm run simulate -- --seed 123 --trace       one seed, with everything that happens
 */

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string', default: '2000' },
    from: { type: 'string', default: '1' },
    threads: { type: 'string' },
    trace: { type: 'boolean', default: false },
  },
})

function numberOf(name: string, text: string): number {
  const n = Number(text)
  if (Number.isSafeInteger(n) && n >= 0) return n
  throw new TypeError(`--${name} ${text} is no whole number`)
}

if (values.seed !== undefined) {
  const outcome = await simulate(
    numberOf('seed', values.seed),
    values.trace ? { trace: (line) => process.stdout.write(`${line}\n`) } : {},
  )
  console.log(outcome.failure === undefined ? `seed ${outcome.seed}: all is well` : `seed ${outcome.seed}: ${outcome.failure}`)
  console.log(`${outcome.tasks} tasks, ${outcome.events} events`)
  const coordination = await simulateCoordination(outcome.seed)
  console.log(`locks and queues: ${coordination.failure ?? `${coordination.steps} steps, all is well`}`)
  process.exitCode = outcome.failure === undefined && coordination.failure === undefined ? 0 : 1
} else {
  const from = numberOf('from', values.from)
  const count = numberOf('seeds', values.seeds)
  const started = performance.now()
  const show = process.stderr.isTTY === true
  const { failures, tasks } = await simulateMany(from, count, {
    ...(values.threads === undefined ? {} : { threads: numberOf('threads', values.threads) }),
    progress: (done, failed) => {
      if (show) process.stderr.write(`\r${done} of ${count} seeds, ${failed} failures`)
    },
  })
  if (show) process.stderr.write('\r\x1b[K')
  for (const { seed, failure } of failures.slice(0, 20))
    console.log(`seed ${seed}: ${failure?.split('\n').slice(0, 4).join('\n')}`)
  if (failures.length > 0) {
    console.log(`failing seeds: ${failures.map((f) => f.seed).join(' ')}`)
    console.log(`to replay one: npm run simulate -- --seed ${failures[0]!.seed} --trace`)
  }
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  console.log(`${count} seeds, ${failures.length} failures, ${tasks} tasks, ${seconds} s`)
  process.exitCode = failures.length > 0 ? 1 : 0
}

// npm run bench [-- NAME …] [--quick] [--write]
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { Benchmark } from './benchmark.js'
import { formatTable, machine, writeResult } from './report.js'

const modules: Record<string, () => Promise<{ readonly benchmark: Benchmark }>> = {
  startup: () => import('./startup.js'),
  transfer: () => import('./transfer.js'),
  machines: () => import('./machine-costs.js'),
  tasks: () => import('./tasks.js'),
  wordcount: () => import('./wordcount.js'),
  cluster: () => import('./cluster.js'),
  actors: () => import('./actors.js'),
  coordination: () => import('./coordination.js'),
  shuffle: () => import('./shuffle.js'),
  kernels: () => import('./kernels.js'),
  hpc: () => import('./hpc.js'),
  dataframe: () => import('./dataframe.js'),
  'out-of-core': () => import('./out-of-core.js'),
  array: () => import('./array.js'),
  diagnostics: () => import('./diagnostics.js'),
}

const { values: flags, positionals } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, write: { type: 'boolean', default: false } },
  allowPositionals: true,
})
const names = positionals.length > 0 ? positionals : Object.keys(modules)
const unknown = names.filter((name) => !modules[name])
if (unknown.length > 0) {
  console.error(`There is no benchmark ${unknown.join(', ')}; there are ${Object.keys(modules).join(', ')}.`)
  process.exit(2)
}
// What is temporary goes at the exit of the process, whatever ends it.
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    console.error(`stopped by ${signal}`)
    process.exit(1)
  })
}

const results = fileURLToPath(new URL('../../bench/results/', import.meta.url))
console.log(machine())
for (const name of names) {
  const { benchmark } = await modules[name]!()
  console.log(`\n${name}: ${benchmark.title}`)
  const result = await benchmark.run({ quick: flags.quick, say: (line) => console.log(`  ${line}`) })
  console.log(`\n${formatTable(result.measurements)}\n`)
  for (const line of result.skipped ?? []) console.log(`skipped: ${line}`)
  for (const note of result.notes) console.log(note)
  if (flags.write) writeResult(results, benchmark, result, `npm run bench -- ${name}${flags.quick ? ' --quick' : ''}`)
}
process.exit()

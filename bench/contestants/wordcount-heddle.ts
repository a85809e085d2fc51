import { config } from 'heddle'
import * as bag from 'heddle/bag'
import { serve } from '../contestant.js'
import { digestOf } from './word-digest.js'

config.set({ executor: 'threads', threads: 2 })

await serve('heddle', [], async ({ files, whole }) => {
  const started = performance.now()
  const cpu = process.cpuUsage()
  const counts = bag
    .readText(files as string)
    .flatMap((line) => line.toLowerCase().match(/\p{L}+/gu) ?? [])
    .frequencies()
  const check = whole === true ? digestOf(await counts.compute()) : await counts.topk(10, ([, count]) => count).compute()
  const { user, system } = process.cpuUsage(cpu)
  return { figures: { seconds: (performance.now() - started) / 1000, cpu: (user + system) / 1e6 }, check }
})

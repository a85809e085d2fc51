// Run by huge-pages.test.ts in a process of its own: says how many bytes are in huge pages.
import { readFileSync } from 'node:fs'
import { wantHugePages } from '../../src/base/index.js'
import { config } from '../../src/config/index.js'

export const memory = Array.from({ length: 4 }, () => {
  const one = new Uint8Array(new SharedArrayBuffer(16 * 2 ** 20))
  if (config.get('memory.hugePages')) wantHugePages(one)
  return one.fill(1)
})
const [, kilobytes] = /^AnonHugePages:\s+(\d+) kB/m.exec(readFileSync('/proc/self/smaps_rollup', 'utf8'))!
console.log(Number(kilobytes) * 1024)

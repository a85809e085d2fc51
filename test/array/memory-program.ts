// Run by memory.test.ts in a process of its own: reduces an array of so many bytes in threads, and tells what that took.
import * as da from 'heddle/array'

const bytes = Number(process.argv[2])
const before = process.resourceUsage().maxRSS * 1024
const x = da.random.defaultRng(1).random({ size: [bytes / 8], chunks: 2 ** 20 })
// A sum of squares of what was made, which does not become part of making it.
const mean = await x.multiply(x).mean().compute({ executor: 'threads' })
const after = process.resourceUsage().maxRSS * 1024
console.log(JSON.stringify({ mean: mean.item(), grown: after - before }))
process.exit(0)

// A program whose tasks import modules, and wait for none of them, while other tasks of the same thread need the same code.
// Beside it, in the main thread, something is imported that starting a cluster needs. See loading.test.ts.
import * as da from '../../src/array.js'
import * as bag from '../../src/bag.js'
import { compute, config, delayed } from '../../src/index.js'

config.set({ threads: 1 })
const begin = delayed((url: string) => {
  // What comes of it is nobody's business: it is under way.
  void import(url)
  return 1
})
const x = da.arange(64, { chunks: 16 }).reshape([8, 8])
const executor = process.argv[2] as 'threads' | 'inline'
const url = new URL('../../src/array.js', import.meta.url).href
const words = bag.fromSequence(['b', 'a', 'b']).frequencies()
const [, total, running, highest, sorted, rechunked, product, counted] = await compute(
  [
    begin(url),
    x.add(1).sum(),
    x.cumsum({ axis: 0 }).sum(),
    x.topk(2).sum(),
    da.sort(x.reshape([64]).multiply(-1)).sum(),
    x.rechunk([3, 8]).sum(),
    x.dot(x).sum(),
    words,
  ],
  { executor },
)
const numbers = [total, running, highest, sorted, rechunked, product].map((value) => Number((value as da.NdArray).item()))
process.stdout.write(JSON.stringify([...numbers, (counted as [string, number][]).length]))

import { deserialize, serialize } from 'node:v8'
import { decode, encode } from '../src/transfer/index.js'
import type { Benchmark, Measurement } from './benchmark.js'
import { median } from './statistics.js'

interface Sample {
  readonly what: string
  readonly elements: number
  readonly value: unknown
}

const N = 10_000
const cities = ['Oslo', 'Vienna', 'Tallinn', 'Reykjavík', 'São Paulo', 'New York', 'Kyōto']

const samples: Sample[] = [
  { what: 'array of integers', elements: N, value: Array.from({ length: N }, (_, i) => i) },
  { what: 'array of fractions', elements: N, value: Array.from({ length: N }, (_, i) => i / 7) },
  {
    what: 'array of short strings',
    elements: N,
    value: Array.from({ length: N }, (_, i) => `${cities[i % cities.length]} ${i}`),
  },
  {
    what: 'array of records of 4 fields',
    elements: N,
    value: Array.from({ length: N }, (_, i) => ({ id: i, origin: cities[i % cities.length], delay: i / 3, late: i % 2 === 0 })),
  },
  { what: 'map from string to number', elements: N, value: new Map(Array.from({ length: N }, (_, i) => [`key ${i}`, i])) },
  { what: 'array of dates', elements: N, value: Array.from({ length: N }, (_, i) => new Date(i * 86_400_000)) },
  { what: 'Float64Array, 1 MB', elements: 131_072, value: Float64Array.from({ length: 131_072 }, (_, i) => i) },
]

export const benchmark: Benchmark = {
  name: 'transfer',
  title: 'encoding values and decoding them, there and back',
  async run({ quick }) {
    const measurements: Measurement[] = []
    for (const { what, elements, value } of samples) {
      const ways = {
        heddle: () => decode(encode(value)),
        'v8.serialize': () => deserialize(serialize(value)) as unknown,
        structuredClone: () => structuredClone(value),
      }
      const { heddle, ...peers } = measure(ways, quick ? 40 : 300)
      const each = (milliseconds: number): number => (milliseconds * 1e6) / elements
      measurements.push({
        what,
        unit: 'ns/element',
        ours: each(heddle),
        peers: Object.entries(peers).map(([name, milliseconds]) => ({ name, figure: each(milliseconds) })),
      })
      // The process lives on between the samples.
      await new Promise((resolve) => setImmediate(resolve))
    }
    return {
      measurements,
      notes: ['All in one process, in turn, after warming up; medians. Classes come back as themselves from heddle only.'],
    }
  },
}

/** The median time of each way, in milliseconds. For each, a part of its time is spent before anything counts. */
function measure<K extends string>(ways: Record<K, () => unknown>, milliseconds: number): Record<K, number> {
  const names = Object.keys(ways) as K[]
  const times = Object.fromEntries(names.map((name): [K, number[]] => [name, []])) as Record<K, number[]>
  const started = performance.now()
  const until = started + milliseconds * names.length
  const warm = started + (milliseconds * names.length) / 4
  for (;;) {
    const now = performance.now()
    if (now > until && times[names[0]!].length >= 5) break
    for (const name of names) {
      const from = performance.now()
      ways[name]()
      if (now > warm) times[name].push(performance.now() - from)
    }
  }
  return Object.fromEntries(names.map((name) => [name, median(times[name])])) as Record<K, number>
}

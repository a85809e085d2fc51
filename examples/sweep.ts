// A parameter sweep that grows as results arrive: the neighbourhood of every point that is better than all before is
// searched more finely. The best score so far is a variable that all tasks see: hopeless points are given up early.
import { Client, LocalCluster, Variable, asCompleted } from 'heddle'

interface Point {
  readonly x: number
  readonly y: number
  /** how far its neighbours are away */
  readonly step: number
}

const cluster = await LocalCluster.start({ workers: 2, threadsPerWorker: 1 })
const client = await Client.connect(cluster)

const best = new Variable<number>('best score')
await best.set(Infinity)

/** Himmelblau's function, term by term, as if each of them took long; undefined: it cannot be the best any more. */
const score = async ({ x, y }: Point): Promise<number | undefined> => {
  const first = (x * x + y - 11) ** 2
  if (first > (await best.get())) return undefined
  return first + (x + y * y - 7) ** 2
}

const neighbours = ({ x, y, step }: Point): Point[] =>
  [-1, 0, 1].flatMap((i) =>
    [-1, 0, 1].filter((j) => i !== 0 || j !== 0).map((j) => ({ x: x + i * step, y: y + j * step, step: step / 2 })),
  )

const points: Point[] = []
for (let x = -4; x <= 4; x += 2) for (let y = -4; y <= 4; y += 2) points.push({ x, y, step: 1 })

let found = { score: Infinity, x: Number.NaN, y: Number.NaN }
let givenUp = 0
const results = asCompleted(client.map(score, points))
for await (const done of results) {
  const value = done.value()
  const point = points[done.index]!
  if (value === undefined) givenUp++
  if (value === undefined || value >= found.score) continue
  found = { score: value, x: point.x, y: point.y }
  await best.set(value)
  if (point.step < 1e-3) continue
  const more = neighbours(point)
  points.push(...more)
  for (const future of client.map(score, more)) results.add(future)
}
console.log(`${points.length} points, ${givenUp} of them given up early`)
console.log(`the least is ${found.score.toFixed(6)}, at ${found.x.toFixed(3)}, ${found.y.toFixed(3)}`)

await client.close()
await cluster.close()

// Calls from one caller begin in the order in which they were made, whatever their arguments wait for.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { type Actor, type Client, getClient } from 'heddle'
import { InProcessCluster } from '../cluster/in-process-cluster.js'

let cluster: InProcessCluster
let client: Client
before(async () => {
  cluster = await InProcessCluster.start({ workers: 2, threads: 2 })
  client = cluster.client
})
after(() => cluster.close())

class Journal {
  entries: (readonly [caller: string, n: number])[] = []

  note(caller: string, n: number): number {
    return this.entries.push([caller, n])
  }

  async noteAndWait(caller: string, n: number): Promise<number> {
    this.entries.push([caller, n])
    await new Promise((resolve) => setImmediate(resolve))
    return this.entries.length
  }

  noteAll({ calls }: { calls: readonly (readonly [string, number])[] }, _ballast: unknown): number {
    return this.entries.push(...calls)
  }
}

/** How a call is made: at once, waiting in the method, with a future as an argument, with much to be sent, or as a property. */
const ways = fc.constantFrom('plain', 'waiting', 'future', 'ballast', 'property')

function make(client: Client, journal: Actor<Journal>, caller: string, n: number, way: string): Promise<unknown> {
  switch (way) {
    case 'plain':
      return journal.note(caller, n)
    case 'waiting':
      return journal.noteAndWait(caller, n)
    case 'future':
      return journal.note(
        caller,
        client.submit((x: number) => x, n),
      )
    case 'ballast':
      return journal.noteAll({ calls: [[caller, n]] }, new Uint8Array(100_000))
    default:
      return journal.entries.then((entries) => {
        // It sees all that was called before it.
        for (let i = 0; i < n; i++)
          assert.ok(entries.some(([who, k]) => who === caller && k === i) || skipped.has(`${caller} ${i}`))
      })
  }
}

/** Calls that note nothing. */
const skipped = new Set<string>()

test('calls of each caller are in order, from programs and from tasks', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(ways, { maxLength: 30 }), fc.array(ways, { maxLength: 15 }), async (mine, others) => {
      skipped.clear()
      mine.forEach((way, n) => way === 'property' && skipped.add(`me ${n}`))
      const journal = await client.actor(Journal)
      const task = client.submit(
        async (there: Actor<Journal>, list: readonly string[]) => {
          const c = await getClient()
          await Promise.all(
            list.map((way, n) =>
              way === 'future'
                ? there.note(
                    'task',
                    c.submit((x: number) => x, n),
                  )
                : there.noteAndWait('task', n),
            ),
          )
        },
        journal,
        others,
      )
      await Promise.all(mine.map((way, n) => make(client, journal, 'me', n, way)))
      await task
      const entries = await journal.entries
      const of = (caller: string): number[] => entries.filter(([who]) => who === caller).map(([, n]) => n)
      assert.deepEqual(
        of('me'),
        mine.flatMap((way, n) => (way === 'property' ? [] : [n])),
      )
      assert.deepEqual(
        of('task'),
        others.map((_, n) => n),
      )
    }),
    { numRuns: 25 },
  )
})

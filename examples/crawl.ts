// A crawler: nobody knows beforehand how many pages there are. Tasks take addresses from one queue and put the links they
// find into another; the program sees to it that no page is read twice. The pages are files, written here first.
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client, LocalCluster, Queue, Semaphore } from 'heddle'

const PAGES = 300
const CRAWLERS = 4

const site = await mkdtemp(join(tmpdir(), 'heddle-crawl-'))
await mkdir(join(site, 'pages'))
for (let i = 0; i < PAGES; i++) {
  // Every page can be reached from the first: along a binary tree, with links back and across.
  const links = [2 * i + 1, 2 * i + 2, i >>> 1, (i * 7) % PAGES].filter((n) => n < PAGES)
  const text = links.map((n) => `<a href="pages/${n}.html">page ${n}</a>`).join('\n')
  await writeFile(join(site, 'pages', `${i}.html`), `<h1>Page ${i}</h1>\n${text}\n`)
}

const cluster = await LocalCluster.start({ workers: 2, threadsPerWorker: 1 })
const client = await Client.connect(cluster)

/** What is to be read; undefined: there is no more. */
const frontier = new Queue<string | undefined>('frontier')
const found = new Queue<{ page: string; bytes: number; links: string[] }>('found')
/** No more than two files are open at once, wherever the crawlers run. */
const polite = new Semaphore('open files', { permits: 2 })

const crawlers = client.map(
  async (_: number) => {
    let read = 0
    for (let page = await frontier.get(); page !== undefined; page = await frontier.get()) {
      const path = join(site, page)
      const text = await polite.with(() => readFile(path, 'utf8'))
      const links = [...text.matchAll(/href="([^"]+)"/g)].map((match) => match[1]!)
      await found.put({ page, bytes: text.length, links })
      read++
    }
    return read
  },
  Array.from({ length: CRAWLERS }, (_, i) => i),
)

const seen = new Set(['pages/0.html'])
let underWay = 1
let bytes = 0
await frontier.put('pages/0.html')
while (underWay > 0) {
  for (const result of await found.getBatch()) {
    underWay--
    bytes += result.bytes
    const fresh = [...new Set(result.links)].filter((link) => !seen.has(link))
    for (const link of fresh) seen.add(link)
    underWay += fresh.length
    await frontier.putBatch(fresh)
  }
}
await frontier.putBatch(Array.from({ length: CRAWLERS }, () => undefined))
const read = await client.gather(crawlers)
console.log(`${seen.size} of ${PAGES} pages, ${bytes} bytes, read by ${read.filter((n) => n > 0).length} crawlers`)
console.log(`pages read in all: ${read.reduce((a, b) => a + b, 0)}`)

await client.close()
await cluster.close()
await rm(site, { recursive: true })

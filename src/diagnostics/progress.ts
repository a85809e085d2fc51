import { setTimeout as delay } from 'node:timers/promises'
import { ArgumentError, describe } from '../base/index.js'
import { type Future, type Held, futuresOf, watchProgress } from '../client/index.js'
import { config } from '../config/index.js'
import { progressBar, showsProgress } from './install-progress.js'
import type { ProgressBar } from './progress-bar.js'

/** Milliseconds between two questions to the scheduler. */
const INTERVAL = 200

/** See `progress`. `bar`: where it is drawn; the terminal's unless told. */
export async function drawProgress(of: Held, signal: AbortSignal | undefined, bar?: ProgressBar): Promise<void> {
  signal?.throwIfAborted()
  const futures: Future<unknown>[] = []
  for (const thing of (Array.isArray(of) ? of : [of]) as readonly unknown[]) {
    const found = futuresOf(thing)
    if (found.length > 0) futures.push(...found)
    else
      throw new ArgumentError(`progress: ${describe(thing)} is no future and no collection that a client keeps: persist it first`)
  }
  // That one fails is seen in the bar, and told to whoever asks for its value.
  const settled = Promise.all(futures.map((future) => future.settled({ signal })))
  const shown = bar ?? (showsProgress(config.get('progress.show'), process.stderr, process.env) ? progressBar() : undefined)
  if (shown) await drawUntil(settled, futures, shown)
  await settled
}

async function drawUntil(settled: Promise<unknown>, futures: readonly Future<unknown>[], bar: ProgressBar): Promise<void> {
  let over = false
  const stopped = new AbortController()
  const end = (): void => {
    over = true
    stopped.abort()
  }
  settled.then(end, end)
  const watches = await watchProgress(futures)
  const drawn = watches.map(({ executor }) => bar.show(executor))
  try {
    do {
      await Promise.all(watches.map(async (watch, i) => drawn[i]!.draw(await watch.groups())))
      // The wait ends when there is nothing left to wait for.
      await delay(INTERVAL, undefined, { signal: stopped.signal }).catch(() => undefined)
    } while (!over)
  } finally {
    for (const one of drawn) one.end()
    await Promise.all(watches.map((watch) => watch.stop()))
  }
}

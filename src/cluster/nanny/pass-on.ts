import type { Readable, Writable } from 'node:stream'

/** What waits for a full stream to take more. One listener for all of them, since many workers write to one stream. */
const waiting = new WeakMap<Writable, Set<Readable>>()

/** Writes all that is read from one stream to another, and reads no faster than that takes it. Neither ends the other. */
export function passOn(from: Readable, to: Writable): void {
  from.on('data', (chunk: Buffer) => {
    // Whom nobody hears any more may talk on: a worker must not stand still for its log.
    if (to.destroyed || to.write(chunk)) return
    from.pause()
    const others = waiting.get(to)
    if (others) {
      others.add(from)
      return
    }
    const all = new Set([from])
    waiting.set(to, all)
    const goOn = (): void => {
      waiting.delete(to)
      to.off('drain', goOn).off('close', goOn)
      for (const stream of all) stream.resume()
    }
    to.on('drain', goOn).on('close', goOn)
  })
}

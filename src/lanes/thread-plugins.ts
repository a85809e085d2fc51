import { decode, prepare } from '../transfer/index.js'

/** A plugin whose `setupThread` is to be called in every thread. */
export interface ThreadPlugin {
  readonly name: string
  readonly bytes: Uint8Array
  /** what it is called with */
  readonly worker: object
}

/** What a lane is asked to do for it, see `LaneSet.ask`. */
export const threadSetup = `${import.meta.url}#setUpThread`

/** In a thread: sets plugins up, one after the other. */
export async function setUpThread(plugins: readonly ThreadPlugin[]): Promise<void> {
  for (const { bytes, worker } of plugins) {
    await prepare(bytes)
    const plugin = decode(bytes) as { setupThread(worker: object): Promise<void> | void }
    await plugin.setupThread(worker)
  }
}

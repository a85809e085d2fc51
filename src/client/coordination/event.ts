import { formatDuration } from '../../base/index.js'
import { fromTransfer, toTransfer } from '../../transfer/index.js'
import { WaitTimeout } from '../errors.js'
import { Connected, type CoordinationOptions, type WaitLimits } from './connected.js'

/**
 * Something that happens once, which tasks and programs wait for. It travels by its name.
 *
 * @example
 * const ready = new Event('tables are loaded')
 * client.map(async (query: string) => { await ready.wait(); return run(query) }, queries)
 * await ready.set()
 */
export class Event extends Connected {
  /** @param name what it is known by in the cluster; a new name of its own unless told */
  constructor(name?: string, options: CoordinationOptions = {}) {
    super('event', name, options)
  }

  /** It has happened: all who wait go on, and who asks later need not wait. */
  async set(): Promise<void> {
    await this.ask('setEvent', this.name)
  }

  /** It has not happened (any more). */
  async clear(): Promise<void> {
    await this.ask('clearEvent', this.name)
  }

  async isSet(): Promise<boolean> {
    return (await this.ask('isEventSet', this.name)) as boolean
  }

  /**
   * Waits until it has happened.
   *
   * @throws WaitTimeout when it takes too long, the reason of the signal when that is aborted
   */
  async wait(limits: WaitLimits = {}): Promise<void> {
    const happened = await this.waitFor(await this.core(), 'waitForEvent', { name: this.name }, limits)
    if (!happened) throw new WaitTimeout(`the event '${this.name}' has not happened within ${formatDuration(limits.timeout!)}`)
  }

  [toTransfer](): string {
    return this.name
  }

  static [fromTransfer](name: string): Event {
    return new Event(name)
  }
}

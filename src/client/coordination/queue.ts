import { ArgumentError, formatDuration, loadNow } from '../../base/index.js'
import { fromTransfer, toTransfer } from '../../transfer/index.js'
import type { ClientCore } from '../core.js'
import { QueueEmpty, QueueFull } from '../errors.js'
import { Connected, type CoordinationOptions, type WaitLimits } from './connected.js'
import type { Delivery } from './values.js'

export interface QueueOptions extends CoordinationOptions {
  /** how many items it holds at most; as many as come unless told */
  readonly maximum?: number | undefined
}

/**
 * A queue: what tasks and programs put in, they take out in the same order, each item once. Who waits for items gets them in
 * the order in which they asked. Items may be or contain futures: they stay in the cluster as long as they are in the queue,
 * and arrive as futures. The items stay in the scheduler's memory: large values are better scattered, and put in as futures.
 *
 * A queue travels by its name. An item that was given to a client that is lost at the same moment is lost with it.
 *
 * @example
 * const found = new Queue<string>('addresses')
 * client.submit(async () => { for (const link of links) await found.put(link) })
 * const address = await found.get()
 */
export class Queue<T = unknown> extends Connected {
  readonly maximum: number | undefined

  /**
   * @param name what it is known by in the cluster; a new name of its own unless told
   * @throws ArgumentError when the maximum is no whole number above 0
   */
  constructor(name?: string, { maximum, ...options }: QueueOptions = {}) {
    super('queue', name, options)
    if (maximum !== undefined && (!Number.isInteger(maximum) || maximum < 1))
      throw new ArgumentError(`the queue '${this.name}' holds a whole number of items above 0, not ${maximum}`)
    this.maximum = maximum
  }

  /**
   * Puts an item in, when there is room.
   *
   * @throws QueueFull when there is none in time, the reason of the signal when that is aborted, TransferError when the item
   * cannot travel
   */
  async put(item: T, limits: WaitLimits = {}): Promise<void> {
    await this.putBatch([item], limits)
  }

  /** Puts several items in, one behind the other, when there is room for all of them. */
  async putBatch(items: readonly T[], limits: WaitLimits = {}): Promise<void> {
    if (items.length === 0) return
    const core = await this.core()
    const { sendValue } = transport()
    const subject = `what is put into the queue '${this.name}'`
    const values = await Promise.all(items.map((item) => sendValue(core, item, subject)))
    const put = await this.waitFor(core, 'putIntoQueue', { name: this.name, maximum: this.maximum, values }, limits)
    if (!put) throw new QueueFull(`there was no room in the queue '${this.name}' within ${formatDuration(limits.timeout!)}`)
  }

  /**
   * Takes the first item out, when there is one. When that is a future, gives its value, as all promises do; `getBatch` gives
   * futures.
   *
   * @throws QueueEmpty when there is none in time, the reason of the signal when that is aborted
   */
  async get(limits: WaitLimits = {}): Promise<Awaited<T>> {
    const [first] = await this.#take(await this.core(), 1, limits)
    return (await first!.value) as Awaited<T>
  }

  /** Takes out as many items as there are, up to `most`: at least one, which it waits for. */
  async getBatch(most = Infinity, limits: WaitLimits = {}): Promise<T[]> {
    if (!(most >= 1)) throw new ArgumentError(`getBatch: ${most} items cannot be taken`)
    const taken = await this.#take(await this.core(), most, limits)
    return taken.map(({ value }) => value as T)
  }

  /** How many items are in it. */
  async size(): Promise<number> {
    return (await this.ask('queueLength', this.name)) as number
  }

  /** Drops what is in it, and forgets its maximum; who waits for items waits on. */
  async delete(): Promise<void> {
    await this.ask('deleteQueue', this.name)
  }

  [toTransfer](): { name: string; maximum: number | undefined } {
    return { name: this.name, maximum: this.maximum }
  }

  static [fromTransfer]({ name, maximum }: { name: string; maximum: number | undefined }): Queue {
    return new Queue(name, { maximum })
  }

  async #take(core: ClientCore, most: number, limits: WaitLimits): Promise<{ readonly value: unknown }[]> {
    const { name, maximum } = this
    const taken = await this.waitFor<Delivery>(core, 'getFromQueue', { name, maximum, most }, limits)
    if (!taken) throw new QueueEmpty(`there was nothing in the queue '${name}' within ${formatDuration(limits.timeout!)}`)
    return transport().openDelivery(core, taken.got)
  }
}

function transport(): typeof import('./values.js') {
  return loadNow(import.meta.url, './values.js') as typeof import('./values.js')
}

import { formatDuration, loadNow } from '../../base/index.js'
import { fromTransfer, toTransfer } from '../../transfer/index.js'
import { WaitTimeout } from '../errors.js'
import { Connected, type CoordinationOptions, type WaitLimits } from './connected.js'
import type { Delivery } from './values.js'

/**
 * A value that tasks and programs share: whoever asks gets the one that was set last. It may be or contain futures, which stay
 * in the cluster as long as they are in the variable, and arrive as futures. A variable travels by its name.
 *
 * @example
 * const best = new Variable<number>('best score')
 * await best.set(0.7)
 * client.submit(async () => (await best.get()) > 0.5)
 */
export class Variable<T = unknown> extends Connected {
  /** @param name what it is known by in the cluster; a new name of its own unless told */
  constructor(name?: string, options: CoordinationOptions = {}) {
    super('variable', name, options)
  }

  /** @throws TransferError when the value cannot travel */
  async set(value: T): Promise<void> {
    const core = await this.core()
    const sent = await transport().sendValue(core, value, `the value of the variable '${this.name}'`)
    await this.ask('setVariable', { name: this.name, value: sent })
  }

  /**
   * The value, when one was set. When that is a future, gives its value, as all promises do; `getBoxed` gives the future.
   *
   * @throws WaitTimeout when none was set in time, the reason of the signal when that is aborted
   */
  async get(limits: WaitLimits = {}): Promise<Awaited<T>> {
    const { value } = await this.getBoxed(limits)
    return (await value) as Awaited<T>
  }

  /** As `get`, with the value in a box, so that a future stays one. */
  async getBoxed(limits: WaitLimits = {}): Promise<{ readonly value: T }> {
    const core = await this.core()
    const got = await this.waitFor<Delivery>(core, 'getVariable', { name: this.name }, limits)
    if (!got) throw new WaitTimeout(`the variable '${this.name}' was not set within ${formatDuration(limits.timeout!)}`)
    const [box] = await transport().openDelivery(core, got.got)
    return box as { readonly value: T }
  }

  /** It has no value any more: who asks for it waits until it is set again. */
  async delete(): Promise<void> {
    await this.ask('deleteVariable', this.name)
  }

  [toTransfer](): string {
    return this.name
  }

  static [fromTransfer](name: string): Variable {
    return new Variable(name)
  }
}

function transport(): typeof import('./values.js') {
  return loadNow(import.meta.url, './values.js') as typeof import('./values.js')
}

import { ArgumentError, formatDuration } from '../../base/index.js'
import { fromTransfer, toTransfer } from '../../transfer/index.js'
import { WaitTimeout } from '../errors.js'
import { Connected, type CoordinationOptions, type WaitLimits } from './connected.js'
import { Lease } from './lease.js'

/** What is asked of the scheduler. */
interface Wanted {
  readonly names: readonly string[]
  readonly count: number
  readonly permits: number
}

/** What locks and semaphores have in common. */
class Acquirable extends Connected {
  readonly #kind: string
  readonly #leases = new Set<Lease>()

  protected constructor(kind: string, name: string | undefined, options: CoordinationOptions) {
    super(kind, name, options)
    this.#kind = kind
  }

  /**
   * Gives back what was acquired last through this object.
   *
   * @throws LeaseExpired when others have it by now, ArgumentError when it is not held
   */
  async release(): Promise<void> {
    const lease = [...this.#leases].at(-1)
    if (!lease) throw new ArgumentError(`the ${this.#kind} '${this.name}' is released, but not held through this object`)
    await lease.release()
  }

  protected async lease(wanted: Wanted, limits: WaitLimits): Promise<Lease> {
    const core = await this.core()
    const granted = await this.waitFor<{ lease: number; names: readonly string[] }>(core, 'acquire', wanted, limits)
    if (!granted) {
      throw new WaitTimeout(
        `the ${this.#kind} '${this.name}' could not be had within ${formatDuration(limits.timeout!)}: others hold it`,
      )
    }
    const { lease: number, names } = granted.got
    const lease = new HeldLease(core, this.#kind, number, names.map(plainName), this.#leases)
    this.#leases.add(lease)
    return lease
  }

  protected async heldTimes(): Promise<number> {
    return (await this.ask('heldLeases', keyOf(this.#kind, this.name))) as number
  }
}

/** A lease that its lock knows of as long as it is held. */
class HeldLease extends Lease {
  readonly #among: Set<Lease>

  constructor(...[core, kind, number, names, among]: [...ConstructorParameters<typeof Lease>, Set<Lease>]) {
    super(core, kind, number, names)
    this.#among = among
  }

  override async release(): Promise<void> {
    this.#among.delete(this)
    await super.release()
  }
}

/**
 * A lock: of all tasks and programs that use the same name, one has it at a time; the others get it in the order in which
 * they asked. Whoever holds it loses it when its connection to the scheduler is gone for longer than the setting
 * `coordination.lease`, or its client is closed. A computation that keeps its thread busy keeps its lock. It is not
 * reentrant: who holds it and asks again waits for itself.
 *
 * A lock travels by its name: a task that captures it uses the same lock.
 *
 * @example
 * const lock = new Lock('the printer')
 * client.map((page: string) => lock.with(() => print(page)), pages)
 */
export class Lock extends Acquirable {
  /** @param name what it is known by in the cluster; a new name of its own unless told */
  constructor(name?: string, options: CoordinationOptions = {}) {
    super('lock', name, options)
  }

  /**
   * Waits for the lock.
   *
   * @throws WaitTimeout when it takes too long, the reason of the signal when that is aborted
   * @example
   * await using lease = await lock.acquire({ timeout: 5000 })
   */
  acquire(limits: WaitLimits = {}): Promise<Lease> {
    return this.lease({ names: [keyOf('lock', this.name)], count: 1, permits: 1 }, limits)
  }

  /**
   * Calls the function with the lock held, and gives what it returned.
   *
   * @throws what `acquire` and the function throw, LeaseExpired when the lock was lost meanwhile
   */
  with<R>(fn: (lease: Lease) => R, limits: WaitLimits = {}): Promise<Awaited<R>> {
    return callWith(() => this.acquire(limits), fn)
  }

  /** Whether somebody holds it. */
  async locked(): Promise<boolean> {
    return (await this.heldTimes()) > 0
  }

  [toTransfer](): string {
    return this.name
  }

  static [fromTransfer](name: string): Lock {
    return new Lock(name)
  }
}

/**
 * Several locks at once, or some of several. They are those that `Lock` knows by the same names. Nobody who asks for locks in
 * this way waits for somebody who waits for it.
 *
 * @example
 * await new MultiLock(['account 1', 'account 2']).with(() => transfer(1, 2, 100))
 */
export class MultiLock extends Acquirable {
  readonly names: readonly string[]

  /** @throws ArgumentError when there is no name */
  constructor(names: readonly string[], options: CoordinationOptions = {}) {
    const own = [...new Set(names)]
    if (own.length === 0) throw new ArgumentError('MultiLock: which locks? Give at least one name')
    super('lock', own.join(', '), options)
    this.names = own
  }

  /**
   * Waits for all of the locks, or for `count` of them: which ones, the lease's `names` say.
   *
   * @throws WaitTimeout when it takes too long, the reason of the signal when that is aborted
   */
  acquire({ count = this.names.length, ...limits }: WaitLimits & { readonly count?: number } = {}): Promise<Lease> {
    if (!Number.isInteger(count) || count < 1 || count > this.names.length)
      throw new ArgumentError(`MultiLock: ${count} of ${this.names.length} locks cannot be had`)
    return this.lease({ names: this.names.map((name) => keyOf('lock', name)), count, permits: 1 }, limits)
  }

  /** Calls the function with the locks held, and gives what it returned. */
  with<R>(fn: (lease: Lease) => R, limits: WaitLimits & { readonly count?: number } = {}): Promise<Awaited<R>> {
    return callWith(() => this.acquire(limits), fn)
  }

  [toTransfer](): readonly string[] {
    return this.names
  }

  static [fromTransfer](names: readonly string[]): MultiLock {
    return new MultiLock(names)
  }
}

/**
 * Something that several may have at the same time, but not more than so many: connections to a database, say. It is lost as
 * a `Lock` is. Those who use a semaphore at the same time must agree on how many that are.
 *
 * @example
 * const connections = new Semaphore('database', { permits: 5 })
 * client.map((query: string) => connections.with(() => run(query)), queries)
 */
export class Semaphore extends Acquirable {
  readonly permits: number

  /** @throws ArgumentError when `permits` (1 unless told) is no whole number above 0 */
  constructor(name?: string, { permits = 1, ...options }: CoordinationOptions & { readonly permits?: number } = {}) {
    super('semaphore', name, options)
    if (!Number.isInteger(permits) || permits < 1)
      throw new ArgumentError(`the semaphore '${this.name}' has a whole number of permits above 0, not ${permits}`)
    this.permits = permits
  }

  /**
   * Waits for one of the permits.
   *
   * @throws WaitTimeout when it takes too long, the reason of the signal when that is aborted, ArgumentError when those who
   * use it now say that it has another number of permits
   */
  acquire(limits: WaitLimits = {}): Promise<Lease> {
    return this.lease({ names: [keyOf('semaphore', this.name)], count: 1, permits: this.permits }, limits)
  }

  /** Calls the function with one of the permits held, and gives what it returned. */
  with<R>(fn: (lease: Lease) => R, limits: WaitLimits = {}): Promise<Awaited<R>> {
    return callWith(() => this.acquire(limits), fn)
  }

  /** How many of the permits are held. */
  async held(): Promise<number> {
    return this.heldTimes()
  }

  [toTransfer](): { name: string; permits: number } {
    return { name: this.name, permits: this.permits }
  }

  static [fromTransfer]({ name, permits }: { name: string; permits: number }): Semaphore {
    return new Semaphore(name, { permits })
  }
}

async function callWith<R>(acquire: () => Promise<Lease>, fn: (lease: Lease) => R): Promise<Awaited<R>> {
  const lease = await acquire()
  let result: Awaited<R>
  try {
    result = await fn(lease)
  } catch (error) {
    // That the lease was lost too says less than what went wrong first.
    await lease.release().catch(() => undefined)
    throw error
  }
  await lease.release()
  return result
}

/** What the scheduler knows it by: locks and semaphores have names of their own. */
function keyOf(kind: string, name: string): string {
  return `${kind} ${name}`
}

function plainName(key: string): string {
  return key.slice(key.indexOf(' ') + 1)
}

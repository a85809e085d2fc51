import { ArgumentError } from '../../../base/index.js'
import type { Leave, Party } from './party.js'

/** Somebody wants to have some of these resources, all at once. */
export interface LeaseRequest {
  readonly party: Party
  readonly names: readonly string[]
  /** how many of them; the first that can be had */
  readonly count: number
  /** how many may have each of them at the same time */
  readonly permits: number
  granted(lease: Lease): void
}

/** What somebody has. */
export interface Lease {
  readonly number: number
  readonly party: Party
  readonly names: readonly string[]
}

interface Resource {
  readonly permits: number
  held: number
  /** in the order in which they came */
  readonly waiting: Set<LeaseRequest>
}

/**
 * Locks and semaphores: who has them, and who is next. First come, first served: a request has its turn at a resource when
 * fewer requests are before it than there are permits left, and is granted when it has its turn at as many resources as it
 * wants. Every request stands in all its lines from the same moment on, so that no two can wait for each other.
 */
export class Leases {
  readonly #resources = new Map<string, Resource>()
  readonly #leases = new Map<number, Lease>()
  readonly #leasesOf = new Map<Party, Set<number>>()
  readonly #waiting = new Map<Party, Set<LeaseRequest>>()
  #last = 0

  /** What nobody has and nobody waits for takes no room. */
  get size(): number {
    return this.#resources.size
  }

  /**
   * Asks for resources, perhaps to be granted at once.
   *
   * @throws ArgumentError when others think that there are more, or fewer, permits
   */
  request(request: LeaseRequest): Leave {
    const { names, party, permits } = request
    for (const name of names) {
      const known = this.#resources.get(name)
      if (known && known.permits !== permits)
        throw new ArgumentError(`'${name}' can be held ${known.permits} times by those who use it now, not ${permits} times`)
    }
    for (const name of names) {
      const resource = this.#resources.get(name) ?? { permits, held: 0, waiting: new Set() }
      this.#resources.set(name, resource)
      resource.waiting.add(request)
    }
    add(this.#waiting, party, request)
    this.#serve(names)
    return () => this.#leave(request)
  }

  /** Gives back what somebody has. False when it does not have it any more. */
  release(party: Party, number: number): boolean {
    const lease = this.#leases.get(number)
    if (lease?.party !== party) return false
    this.#end(lease)
    this.#serve(lease.names)
    return true
  }

  /** Takes all that somebody has from it. Gives what that was. */
  takeAll(party: Party): Lease[] {
    const leases = Array.from(this.#leasesOf.get(party) ?? [], (number) => this.#leases.get(number)!)
    for (const lease of leases) this.#end(lease)
    this.#serve(leases.flatMap(({ names }) => names))
    return leases
  }

  /** Somebody is away, or back: others have their turn before it, or it has its own. */
  presenceChanged(party: Party): void {
    this.#serve(Array.from(this.#waiting.get(party) ?? [], ({ names }) => names).flat())
  }

  /** How often it is held. */
  held(name: string): number {
    return this.#resources.get(name)?.held ?? 0
  }

  holds(party: Party): boolean {
    return this.#leasesOf.has(party)
  }

  #leave(request: LeaseRequest): boolean {
    if (!this.#waiting.get(request.party)?.has(request)) return false
    this.#dequeue(request)
    this.#serve(request.names)
    return true
  }

  #dequeue(request: LeaseRequest): void {
    remove(this.#waiting, request.party, request)
    for (const name of request.names) this.#resources.get(name)!.waiting.delete(request)
  }

  #end({ number, party, names }: Lease): void {
    this.#leases.delete(number)
    remove(this.#leasesOf, party, number)
    for (const name of names) this.#resources.get(name)!.held--
  }

  /** Grants what can be granted now that something has changed about these resources. */
  #serve(names: readonly string[]): void {
    const changed = [...names]
    for (let name = changed.pop(); name !== undefined; name = changed.pop()) {
      const resource = this.#resources.get(name)
      if (!resource) continue
      for (const request of inTurn(resource)) {
        const free = request.names.filter((other) => inTurn(this.#resources.get(other)!).includes(request))
        if (free.length < request.count) continue
        this.#grant(request, free.slice(0, request.count))
        // Those behind it have come nearer, wherever it stood.
        changed.push(...request.names)
        break
      }
      if (resource.held === 0 && resource.waiting.size === 0) this.#resources.delete(name)
    }
  }

  #grant(request: LeaseRequest, names: readonly string[]): void {
    this.#dequeue(request)
    const { party } = request
    const lease: Lease = { number: ++this.#last, party, names }
    for (const name of names) this.#resources.get(name)!.held++
    this.#leases.set(lease.number, lease)
    add(this.#leasesOf, party, lease.number)
    request.granted(lease)
  }
}

/** The requests that have their turn. */
function inTurn({ permits, held, waiting }: Resource): LeaseRequest[] {
  const found: LeaseRequest[] = []
  for (const request of waiting) {
    if (held + found.length >= permits) break
    if (request.party.isThere) found.push(request)
  }
  return found
}

function add<K, V>(sets: Map<K, Set<V>>, key: K, item: V): void {
  const set = sets.get(key)
  if (set) set.add(item)
  else sets.set(key, new Set([item]))
}

function remove<K, V>(sets: Map<K, Set<V>>, key: K, item: V): void {
  const set = sets.get(key)
  set?.delete(item)
  if (set?.size === 0) sets.delete(key)
}

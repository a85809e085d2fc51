import { type ThreadMemory } from '../base/index.js'
import { isAddressSpaceShort } from '../config/index.js'
import type { Arena, MemoryPart } from '../memory/index.js'
import type { Lease } from './lane-protocol.js'

/** What a lane computes in beside its inputs and results. */
const ROOM = 16 * 2 ** 20

/** The most that one lease takes; it is not in use before something is written there. */
const MOST_LEASED = 256 * 2 ** 20

/** What kernels of a thread compute in beside that, where threads may have no memory of their own: not in use before it is written to. */
const LEAST_FOR_KERNELS = 64 * 2 ** 20

/** Memory that was in use before is leased in pieces of a quarter of a lease too, if so many segments fit into it. */
const LEAST_SEGMENTS = 2

/** What is left of the leases of a lane, in order, the bytes of all, and those of the largest segment it has made. */
interface Leases {
  /** `fresh`: where what nobody has had before begins */
  readonly left: { address: number; bytes: number; readonly fresh: number }[]
  bytes: number
  largest: number
}

/**
 * The memory that the lanes of a pool share, so that kernels of any of them run on the results of all in place. The main
 * thread alone counts what is in use. Lanes are leased pieces of it, cut segments off them from the front, and report
 * those; what they leave of one lease when they go on to the next is free again.
 */
export class PoolMemory {
  readonly #arena: Arena
  readonly #leaseBytes: number
  readonly #leases = new Map<number, Leases>()
  readonly #rooms = new Map<number, number[]>()
  readonly #kernelBytes: number

  /** @param lanes how many there usually are */
  constructor(arena: Arena, lanes: number) {
    this.#arena = arena
    const bytes = arena.memory.maximum - arena.memory.first
    this.#leaseBytes = Math.min(MOST_LEASED, Math.floor(bytes / (8 * lanes)))
    this.#kernelBytes = Math.max(LEAST_FOR_KERNELS, Math.floor(bytes / (4 * lanes)))
  }

  /** bytes that were in use and are not now */
  get unused(): number {
    return this.#arena.reached - this.#arena.used
  }

  /** What a new lane is given; undefined where there is no room for it. */
  forLane(lane: number): ThreadMemory | undefined {
    const room = this.#arena.tryAllocate(ROOM)
    if (room === undefined) return undefined
    const kernels = isAddressSpaceShort() ? this.forKernels() : undefined
    this.#rooms.set(lane, kernels ? [room, kernels.start] : [room])
    this.#leases.set(lane, { left: [], bytes: 0, largest: 0 })
    return {
      memory: this.#arena.memory.memory,
      room,
      roomBytes: ROOM,
      kernels: kernels && { start: kernels.start, end: kernels.end },
    }
  }

  /** What kernels of a thread that may have no memory of its own compute in; undefined where there is no room for it. */
  forKernels(): MemoryPart | undefined {
    const start = this.#arena.tryAllocate(this.#kernelBytes)
    return start === undefined ? undefined : { memory: this.#arena.memory.memory, start, end: start + this.#kernelBytes }
  }

  /** Another lease for a lane that has used up half of one. */
  leasesFor(lane: number): Lease[] | undefined {
    const leases = this.#leases.get(lane)
    if (!leases || leases.bytes > this.#leaseBytes / 2) return undefined
    const fresh = this.#arena.reached
    const least = Math.max(this.#leaseBytes / 4, leases.largest * LEAST_SEGMENTS)
    const address = this.#arena.tryAllocate(this.#leaseBytes, least)
    if (address === undefined) return undefined
    const bytes = this.#arena.sizeOf(address)
    leases.left.push({ address, bytes, fresh })
    leases.bytes += bytes
    return [[address, bytes]]
  }

  /** A lane has made a segment at the front of one of its leases. `made`: bytes where no other was, so that the system made pages. */
  cut(lane: number, address: number, bytes: number): { readonly memory: Uint8Array; readonly made: number } {
    const leases = this.#leases.get(lane)!
    const { left } = leases
    leases.largest = Math.max(leases.largest, bytes)
    while (left[0]!.address !== address) {
      const given = left.shift()!
      leases.bytes -= given.bytes
      this.#arena.release(given.address)
    }
    const lease = left[0]!
    const made = Math.max(0, address + bytes - Math.max(address, lease.fresh))
    lease.bytes -= bytes
    leases.bytes -= bytes
    if (lease.bytes === 0) left.shift()
    else {
      this.#arena.divide(address, [bytes, lease.bytes])
      lease.address += bytes
    }
    return { memory: new Uint8Array(this.#arena.buffer, address, bytes), made }
  }

  /** A segment is not in use any more. */
  release(address: number): void {
    this.#arena.release(address)
  }

  laneGone(lane: number): void {
    for (const { address } of this.#leases.get(lane)?.left ?? []) this.#arena.release(address)
    this.#leases.delete(lane)
    for (const room of this.#rooms.get(lane) ?? []) this.#arena.release(room)
    this.#rooms.delete(lane)
  }
}

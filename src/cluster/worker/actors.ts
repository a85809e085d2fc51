import { CALL_ACTOR, COUNT_ACTORS, CallStatus, DROP_ACTOR, actorOfCall, writeAnswer } from '../../actors/index.js'
import { ArgumentError, asError } from '../../base/index.js'
import type { Comm } from '../../comm/index.js'
import { LaneGone, type LaneSet } from '../../lanes/index.js'
import { Frame } from '../../protocol/index.js'
import { encode } from '../../transfer/index.js'

/** An actor that lives in a lane of this worker. */
interface Resident {
  readonly lane: number
  /** of the task that made it, whose value it is */
  readonly slot: number
}

/** What an actor's own lane is told of where it is. */
export interface WorkerPlace {
  readonly worker: string
  readonly address: string
  readonly scheduler: string
}

/** The actors of a worker, as its main thread knows them: in which lane each lives. Calls pass through here unread. */
export class WorkerActors {
  readonly #lanes: () => LaneSet
  readonly #place: () => WorkerPlace
  readonly #residents = new Map<number, Resident>()
  readonly #bySlot = new Map<number, number>()
  #next = 1

  constructor(lanes: () => LaneSet, place: () => WorkerPlace) {
    this.#lanes = lanes
    this.#place = place
  }

  /** A task has made an actor, in that lane. */
  made({ slot }: { readonly slot: number }, lane: number): WorkerPlace & { readonly id: number } {
    if (this.#bySlot.has(slot)) throw new ArgumentError('a task can make one actor')
    const id = this.#next++
    this.#residents.set(id, { lane, slot })
    this.#bySlot.set(slot, id)
    return { id, ...this.#place() }
  }

  /** The value of that slot, an actor perhaps, is needed no more. */
  dropped(slot: number): void {
    const id = this.#bySlot.get(slot)
    if (id === undefined) return
    const { lane } = this.#residents.get(id)!
    this.#residents.delete(id)
    this.#bySlot.delete(slot)
    // A lane that is gone has no actors.
    this.#lanes()
      .ask(lane, DROP_ACTOR, id)
      .catch((error: unknown) => {
        if (!(error instanceof LaneGone)) process.emitWarning(asError(error))
      })
  }

  /** A lane is gone. Gives the slots of the actors that lived there. */
  laneGone(lane: number): number[] {
    const slots: number[] = []
    for (const [id, resident] of this.#residents) {
      if (resident.lane !== lane) continue
      this.#residents.delete(id)
      this.#bySlot.delete(resident.slot)
      slots.push(resident.slot)
    }
    return slots
  }

  /** A call has come in. */
  called(comm: Comm, frame: Uint8Array): void {
    const { id, actor, isQuestion } = actorOfCall(frame)
    const resident = this.#residents.get(actor)
    if (!resident) {
      const reason = isQuestion ? '' : 'it was released, or the thread that it lived in has died'
      comm.send(Frame.called, writeAnswer({ id, status: CallStatus.lost, body: encode(reason) }))
      return
    }
    // What has memory of its own goes on without a copy.
    const whole = frame.byteLength === frame.buffer.byteLength
    const bytes = whole ? frame : frame.slice()
    this.#lanes()
      .ask(resident.lane, CALL_ACTOR, bytes, whole ? [frame.buffer as ArrayBuffer] : [])
      .then(
        (answer) => comm.send(Frame.called, writeAnswer({ id, ...(answer as { status: number; body: Uint8Array }) })),
        (error: unknown) => {
          const status = error instanceof LaneGone ? CallStatus.lost : CallStatus.thrown
          const body = encode(error instanceof LaneGone ? error.message : asError(error))
          comm.send(Frame.called, writeAnswer({ id, status, body }))
        },
      )
  }

  /** How many actors live here: as far as this thread knows, and in the lanes. */
  async count(): Promise<{ readonly known: number; readonly living: number }> {
    const lanes = this.#lanes()
    const counts = await Promise.all(lanes.lanes.map((lane) => lanes.ask(lane, COUNT_ACTORS, undefined)))
    return { known: this.#residents.size, living: (counts as number[]).reduce((a, b) => a + b, 0) }
  }
}

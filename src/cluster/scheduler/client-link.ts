import { encode } from '../../transfer/index.js'
import { ControlChannel, Frame, RecordWriter, ToClient } from '../../protocol/index.js'
import type { Answers, Session } from '../../protocol/index.js'
import type { HeldGraph } from './held-graph.js'
import type { Peers } from './peers.js'

/** The error of a task as it came from a worker: nobody here looks into it. */
export interface WorkerFailure {
  readonly bytes: Uint8Array
}

/** A client, as the scheduler's process sees it. It outlives its connection for a while. */
export class ClientLink {
  /** its number in the scheduler machine */
  readonly index: number
  readonly id: string
  readonly name: string
  readonly session: Session
  readonly control: ControlChannel
  readonly records = new RecordWriter()
  /** by the client's number of a graph, that of the scheduler machine */
  readonly graphs = new Map<number, number>()
  /** seconds of the clock when its connection broke; undefined: it has one */
  goneSince: number | undefined
  readonly #peers: Peers
  readonly #knownPeers: number[] = []
  readonly #errors = new WeakMap<object, number>()
  #lastError = 0

  constructor(index: number, id: string, name: string, session: Session, answers: Answers, peers: Peers) {
    this.index = index
    this.id = id
    this.name = name
    this.session = session
    this.control = new ControlChannel(session, answers)
    this.#peers = peers
  }

  /** `at`: what workers know the value by. */
  inMemory(graph: number, task: number, holder: number, atGraph: number, atTask: number): void {
    if (holder >= 0) this.#peers.introduce(holder, this.#knownPeers, ToClient.peer, this.records)
    this.records.words4(ToClient.inMemory, graph, task, holder)
    this.records.word(atGraph)
    this.records.word(atTask)
  }

  /** A task has failed; many with one error are told of it once. */
  erred(graph: number, task: number, error: WorkerFailure | Error): void {
    let number = this.#errors.get(error)
    if (number === undefined) {
      number = ++this.#lastError
      this.#errors.set(error, number)
      this.records.word(ToClient.error)
      this.records.word(number)
      this.records.block('bytes' in error ? error.bytes : encode({ error: encode(error), where: 'the scheduler' }))
    }
    this.records.words4(ToClient.erred, graph, task, number)
  }

  lost(graph: number, task: number): void {
    this.records.words3(ToClient.lost, graph, task)
  }

  flush(): void {
    if (!this.records.isEmpty) this.session.send(Frame.records, [this.records.take()])
  }

  /** The name that this client has for a graph. */
  nameOf(held: HeldGraph, graph: number): number {
    return held.client === this ? held.name : foreignGraph(graph)
  }
}

/** What a client calls a graph that another one submitted: clients number their own below this. */
export function foreignGraph(graph: number): number {
  return 2 ** 30 + graph
}

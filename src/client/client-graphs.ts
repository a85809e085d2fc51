import { FromClient, ProtocolError, RecordReader, type RecordWriter, ToClient } from '../protocol/index.js'
import { ClientGraph } from './client-graph.js'
import { RemoteErrors } from './remote-errors.js'

/** Tasks in one record that releases them, at most. */
const MOST_RELEASED = 16_384

/** The graphs of which a client wants something, and what the scheduler says about them. */
export class ClientGraphs {
  /** by number of a worker: where it is */
  readonly addresses: string[] = []
  readonly #graphs = new Map<number, ClientGraph>()
  readonly #errors = new RemoteErrors()
  /** by graph, what is wanted no more and the scheduler has not been told */
  #released = new Map<number, number[]>()
  #last = 0

  /** A number for a new graph. */
  nextName(): number {
    return ++this.#last
  }

  /** A graph of which these tasks are wanted, each named once. */
  add(name: number, wanted: Int32Array): ClientGraph {
    const graph = new ClientGraph(name, wanted, (number) => this.#errors.get(number))
    this.#graphs.set(name, graph)
    return graph
  }

  /** undefined: nothing of it is wanted any more. */
  get(name: number): ClientGraph | undefined {
    return this.#graphs.get(name)
  }

  /** A result is wanted no more. False when it was not. */
  release(name: number, task: number): boolean {
    const graph = this.#graphs.get(name)
    if (!graph?.release(task)) return false
    if (graph.isOver) this.#graphs.delete(name)
    const list = this.#released.get(name)
    if (list) list.push(task)
    else this.#released.set(name, [task])
    return true
  }

  /** Nothing is wanted any more. */
  releaseAll(): void {
    for (const graph of this.#graphs.values()) for (const task of graph.live()) this.release(graph.name, task)
  }

  /** Writes what was released since the last time, but for graphs that `isUnsent`: the scheduler does not know those yet. */
  writeReleases(records: RecordWriter, isUnsent: (name: number) => boolean): void {
    const later = new Map<number, number[]>()
    for (const [name, tasks] of this.#released) {
      if (isUnsent(name)) {
        later.set(name, tasks)
        continue
      }
      // In pieces, between which the scheduler can do something else.
      for (let from = 0; from < tasks.length; from += MOST_RELEASED) {
        const to = Math.min(from + MOST_RELEASED, tasks.length)
        records.words3(FromClient.release, name, to - from)
        for (let i = from; i < to; i++) records.word(tasks[i]!)
      }
    }
    this.#released = later
  }

  /** Has a failed task run again. */
  retry(name: number, task: number, records: RecordWriter): void {
    if (this.#graphs.get(name)?.retry(task)) records.words3(FromClient.retry, name, task)
  }

  /** What was wanted of a graph has failed before the scheduler heard of it. */
  failOne(name: number, error: Error): void {
    const graph = this.#graphs.get(name)
    if (!graph) return
    const number = this.#errors.add(error)
    for (const task of graph.live()) graph.erred(task, number)
  }

  /** Nothing will come any more. */
  failAll(error: Error): void {
    for (const graph of this.#graphs.values()) graph.fail(error)
  }

  /** Takes in what the scheduler says. */
  take(body: Uint8Array): void {
    const reader = new RecordReader(body)
    const { words } = reader
    while (!reader.isDone) {
      const at = reader.at
      switch (words[at]) {
        case ToClient.inMemory:
          this.#graphs.get(words[at + 1]!)?.inMemory(words[at + 2]!, words[at + 3]!, words[at + 4]!, words[at + 5]!)
          reader.at += 6
          continue
        case ToClient.erred:
          this.#erred(words[at + 1]!, words[at + 2]!, words[at + 3]!)
          reader.at += 4
          continue
        case ToClient.lost:
          this.#graphs.get(words[at + 1]!)?.lost(words[at + 2]!)
          reader.at += 3
          continue
        case ToClient.peer:
          reader.at++
          this.addresses[reader.word()] = reader.text()
          continue
        case ToClient.error: {
          reader.at++
          const number = reader.word()
          // A copy: the frame that it is part of may be large.
          this.#errors.set(number, reader.block().slice())
          continue
        }
        default:
          throw new ProtocolError(`the scheduler sends a record ${words[at]}, which is nothing that there is`)
      }
    }
  }

  #erred(name: number, task: number, error: number): void {
    const ready = this.#errors.ready(error)
    if (ready) void ready.then(() => this.#graphs.get(name)?.erred(task, error))
    else this.#graphs.get(name)?.erred(task, error)
  }
}

import { deserialize } from 'node:v8'
import type { Annotations } from '../../graph/index.js'
import { ValueKind } from '../../lanes/index.js'
import { ProtocolError, type PutKey, RecordReader, ToWorker } from '../../protocol/index.js'
import type { Worker } from '../../worker/index.js'
import { primitive } from './primitive.js'
import type { TaskColumns } from './task-columns.js'
import type { TaskTrail } from './task-trail.js'
import { WorkerLayer } from './worker-layers.js'

/** What the records of the scheduler change. */
export interface RecordTakers {
  readonly machine: Worker
  readonly tasks: TaskColumns
  readonly trail: TaskTrail
  /** by number, the layers whose tasks this worker may be sent */
  readonly layers: Map<number, WorkerLayer>
  /** by number of the other worker */
  readonly peerAddresses: string[]
  /** a value that a client has put here under that key is that of this task */
  hold(graph: number, task: number, key: PutKey): void
  /** a task has come into that slot */
  received?: ((slot: number, layer: WorkerLayer, index: number) => void) | undefined
  /** these layers will not come again */
  forget(layers: readonly WorkerLayer[]): void
}

/** Hands the worker machine what the scheduler says. */
export function takeRecords(takers: RecordTakers, body: Uint8Array): void {
  const { machine, trail } = takers
  trail.tick()
  const reader = new RecordReader(body)
  const { words } = reader
  while (!reader.isDone) {
    const at = reader.at
    switch (words[at]) {
      case ToWorker.compute:
        compute(takers, reader)
        continue
      case ToWorker.free:
        machine.free(words[at + 1]!, words[at + 2]!, words[at + 3]!)
        reader.at += 4
        continue
      case ToWorker.cancel:
        machine.cancel(words[at + 1]!, words[at + 2]!, words[at + 3]!)
        reader.at += 4
        continue
      case ToWorker.confirm:
        machine.confirm(words[at + 1]!, words[at + 2]!, words[at + 3]!)
        reader.at += 4
        continue
      case ToWorker.steal:
        machine.steal(words[at + 1]!, words[at + 2]!, words[at + 3]!)
        reader.at += 4
        continue
      case ToWorker.replicate:
        machine.replicate(words[at + 1]!, words[at + 2]!, words[at + 3]!, words[at + 4]!)
        reader.at += 5
        continue
      case ToWorker.hold:
        takers.hold(words[at + 1]!, words[at + 2]!, [words[at + 3]!, words[at + 4]!, words[at + 5]!])
        reader.at += 6
        continue
      case ToWorker.peer:
        reader.at++
        takers.peerAddresses[reader.word()] = reader.text()
        continue
      case ToWorker.layer:
        reader.at++
        addLayer(takers, reader)
        continue
      case ToWorker.dropLayers:
        reader.at++
        dropLayers(takers, reader)
        continue
      default:
        throw new ProtocolError(`the scheduler sends a record ${words[at]}, which is nothing that there is`)
    }
  }
}

function compute({ machine, tasks, layers, received, trail }: RecordTakers, reader: RecordReader): void {
  const { words } = reader
  const at = reader.at
  const graph = words[at + 1]!
  const task = words[at + 2]!
  const attempt = words[at + 3]!
  const ownBytes = words[at + 8]!
  const inputCount = words[at + 9]!
  const missing = words[at + 10]!
  const inputsAt = at + 11
  const missingAt = inputsAt + inputCount * 2
  machine.compute(graph, task, attempt, words[at + 4]!, words[at + 5]!, words, missingAt, missing)
  reader.at = missingAt + missing * 4
  let ownKind: number = ValueKind.none
  let own: unknown
  if (ownBytes >= 0) {
    const bytes = reader.bytes(ownBytes)
    own = primitive(bytes)
    ownKind = ValueKind.direct
    if (own === bytes) {
      ownKind = ValueKind.bytes
      own = bytes.slice()
    }
  }
  const slot = machine.slotOf(graph, task)
  const inputs = inputCount === 0 ? undefined : words.slice(inputsAt, missingAt)
  const layer = layers.get(words[at + 6]!)!
  const index = words[at + 7]!
  tasks.set(slot, layer, index, ownKind, own, inputs)
  trail.received(slot, words, missingAt, missing)
  received?.(slot, layer, index)
}

function addLayer({ layers }: RecordTakers, reader: RecordReader): void {
  const id = reader.word()
  const captures = reader.word()
  const scratch = reader.word() === 1
  const name = reader.text()
  const label = reader.text()
  // A copy, which goes to the lanes: the frame that it is part of may be large.
  const bytes = reader.block().slice()
  const said = reader.block()
  const annotations = said.byteLength > 0 ? (deserialize(said) as Annotations) : undefined
  layers.set(id, new WorkerLayer({ id, name, label, captures, bytes, annotations }, scratch))
}

function dropLayers({ layers, forget }: RecordTakers, reader: RecordReader): void {
  const dropped: WorkerLayer[] = []
  for (let n = reader.word(); n > 0; n--) {
    const id = reader.word()
    dropped.push(layers.get(id)!)
    layers.delete(id)
  }
  forget(dropped)
}

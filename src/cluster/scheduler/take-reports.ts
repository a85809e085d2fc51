import { EventKind } from '../../events/index.js'
import { ProtocolError, RecordReader, ToScheduler } from '../../protocol/index.js'
import type { WorkerFailure } from './client-link.js'
import { recordSpent } from './measured.js'
import type { ClusterState } from './state.js'
import type { WorkerLink } from './worker-link.js'

/** Hands the scheduler machine what a worker reports. */
export function takeReports(state: ClusterState, link: WorkerLink, body: Uint8Array): void {
  const { machine } = state
  const reader = new RecordReader(body)
  const { words } = reader
  const w = link.index
  while (!reader.isDone) {
    const op = words[reader.at]
    const graph = words[reader.at + 1]!
    const task = words[reader.at + 2]!
    const attempt = words[reader.at + 3]!
    reader.at += 4
    switch (op) {
      case ToScheduler.finished: {
        const bytes = reader.float()
        machine.finished(w, graph, task, attempt, bytes, reader.float())
        break
      }
      case ToScheduler.erred: {
        const message = reader.text()
        // A copy: the frame that it is part of may be large.
        const failure: WorkerFailure = { bytes: reader.block().slice() }
        const held = state.graphs.get(graph)
        if (held) state.failures.add(graph, task, held, message, failure)
        machine.erred(w, graph, task, attempt, failure, message)
        break
      }
      case ToScheduler.suspended:
        machine.suspended(w, graph, task, attempt)
        break
      case ToScheduler.interrupted: {
        const charged = reader.word() === 1
        machine.interrupted(w, graph, task, attempt, charged, reader.text())
        break
      }
      case ToScheduler.inputMissing: {
        const input = { graph: reader.word(), task: reader.word() }
        const inputAttempt = reader.word()
        machine.inputMissing(w, graph, task, attempt, input, inputAttempt, reader.word())
        break
      }
      case ToScheduler.hasReplica:
        machine.hasReplica(w, graph, task, attempt)
        break
      case ToScheduler.stolen:
        machine.stolen(w, graph, task, attempt)
        break
      case ToScheduler.kept:
        machine.kept(w, graph, task, attempt)
        break
      case ToScheduler.lacks:
        machine.lacks(w, graph, task, attempt)
        break
      case ToScheduler.spent: {
        const decoding = reader.float()
        const encoding = reader.float()
        recordSpent(state, link, graph, task, [
          [EventKind.inputsDecoded, decoding],
          [EventKind.resultsEncoded, encoding],
          [EventKind.inputsAwaited, reader.float()],
        ])
        break
      }
      case ToScheduler.received: {
        // The third word is who sent them.
        const bytes = reader.float()
        recordSpent(state, link, graph, task, [
          [EventKind.inputsReceived, bytes],
          [EventKind.inputsSent, bytes, attempt],
        ])
        break
      }
      default:
        throw new ProtocolError(`the worker ${link.info.name} reports ${op}, which is nothing that there is`)
    }
  }
  state.schedule()
}

import type { Spending } from '../../lanes/index.js'
import { type RecordWriter, ToScheduler } from '../../protocol/index.js'

/** Makes records for the scheduler of what tasks spent since the last tick. */
export function writeSpending(spending: Spending, records: RecordWriter): void {
  spending.tell(({ graph, task, decoding, encoding, transferring, received }) => {
    if (decoding + encoding + transferring > 0) {
      records.words4(ToScheduler.spent, graph, task, 0)
      records.float(decoding)
      records.float(encoding)
      records.float(transferring)
    }
    for (const [holder, bytes] of received ?? []) {
      records.words4(ToScheduler.received, graph, task, holder)
      records.float(bytes)
    }
  })
}

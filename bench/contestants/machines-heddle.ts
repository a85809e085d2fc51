import { serve } from '../contestant.js'
import { type Setting, compare } from '../machines.js'

type Shape = Parameters<typeof compare>[0]

// The machines alone, one graph for each request, in one setting or in several that are to be held against each other.
await serve('heddle', [], ({ graph, settings, rounds }) => {
  const rows = compare(graph as Shape, settings as Setting[], rounds as number)
  const figures: Record<string, number> = {}
  rows.forEach((row, i) => {
    figures[`microseconds${i}`] = row.microsecondsPerTask
    figures[`schedulerMicroseconds${i}`] = row.schedulerMicrosecondsPerTask
    figures[`machineBytes${i}`] = row.bytesPerTask
    figures[`graphBytes${i}`] = row.graphBytesPerTask
  })
  return { figures }
})

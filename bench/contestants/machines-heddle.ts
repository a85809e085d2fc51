import { serve } from '../contestant.js'
import { measure } from '../machines.js'

type Shape = Parameters<typeof measure>[0]

// The machines alone, one graph for each request.
await serve('heddle', [], ({ graph, tasks, workers, repeats }) => {
  const row = measure(graph as Shape, tasks as number, workers as number, repeats as number)
  return {
    figures: {
      microseconds: row.microsecondsPerTask,
      schedulerMicroseconds: row.schedulerMicrosecondsPerTask,
      machineBytes: row.bytesPerTask!,
      graphBytes: row.graphBytesPerTask!,
    },
  }
})

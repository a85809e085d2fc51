import type { Reducer } from './reducers.js'

export function counting(): Reducer<number> {
  return {
    collector() {
      let count = 0
      return {
        push: () => {
          count++
        },
        end: () => count,
      }
    },
    merge: (counts) => counts.reduce((a, b) => a + b),
    finish: (count) => count,
  }
}

/** Whether any, or all, items are what JavaScript takes for true. What decides it is the last item that is looked at. */
export function quantifying(kind: 'any' | 'all'): Reducer<boolean> {
  const decisive = kind === 'any'
  return {
    collector(run) {
      let decided = false
      return {
        push(item) {
          if (Boolean(item) !== decisive) return
          decided = true
          run.stopped = true
        },
        end: () => (decided ? decisive : !decisive),
      }
    },
    merge: (answers) => (answers.includes(decisive) ? decisive : !decisive),
    finish: (answer) => answer,
  }
}

import { type Profiler, Session } from 'node:inspector'
import { setTimeout as delay } from 'node:timers/promises'
import { ArgumentError } from '../../base/index.js'
import { type CallFrame, CallTree, type FlatCallTree } from '../../events/index.js'

// What threads that run tasks are asked to call (see `LaneSet.ask`): each has its own engine, and so its own profiler.

let session: Session | undefined

/** Has the engine note what this thread does every `interval` microseconds. */
export async function startProfiling({ interval }: { readonly interval: number }): Promise<void> {
  if (session) throw new ArgumentError('the thread is being profiled already')
  const own = new Session()
  session = own
  own.connect()
  await ask(own, 'Profiler.enable')
  await ask(own, 'Profiler.setSamplingInterval', { interval })
  await ask(own, 'Profiler.start')
}

/** What the thread did since then. */
export async function stopProfiling(): Promise<FlatCallTree | undefined> {
  if (!session) return undefined
  const own = session
  session = undefined
  const { profile } = (await ask(own, 'Profiler.stop')) as { profile: Profiler.Profile }
  own.disconnect()
  return treeOf(profile).flat()
}

/** What the thread that calls this does within so many milliseconds. */
export async function profileHere(interval: number, milliseconds: number): Promise<FlatCallTree> {
  await startProfiling({ interval })
  await delay(milliseconds)
  return (await stopProfiling())!
}

function ask(of: Session, method: string, args: object = {}): Promise<unknown> {
  return new Promise((resolve, reject) => {
    of.post(method, args, (error: Error | null, result?: object) => {
      if (error) reject(new ArgumentError(`the profiler: ${error.message}`))
      else resolve(result)
    })
  })
}

/** The call tree of what V8 has sampled, without the times in which there was nothing to do. */
export function treeOf({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile): CallTree {
  const self = new Map<number, number>()
  // A sample holds until the next one.
  samples.forEach((id, i) => self.set(id, (self.get(id) ?? 0) + Math.max(0, timeDeltas[i + 1] ?? 0) / 1000))
  const frames: CallFrame[] = []
  const frame: number[] = []
  const parent: number[] = []
  const selves: number[] = []
  const hits: number[] = []
  const byId = new Map(nodes.map((one) => [one.id, one]))
  const add = (id: number, above: number): void => {
    const { callFrame, hitCount = 0, children = [] } = byId.get(id)!
    const { functionName: name, url, lineNumber, columnNumber } = callFrame
    // Nor what it costs to be profiled.
    if (name === '(idle)' || url === import.meta.url) return
    let own = above
    if (name !== '(root)') {
      own = frame.push(frames.push({ name, url, line: lineNumber + 1, column: columnNumber + 1 }) - 1) - 1
      parent.push(above)
      selves.push(self.get(id) ?? 0)
      hits.push(hitCount)
    }
    for (const child of children) add(child, own)
  }
  if (nodes[0]) add(nodes[0].id, -1)
  const tree = new CallTree()
  tree.add({ frames, frame, parent, self: selves, hits })
  return tree
}

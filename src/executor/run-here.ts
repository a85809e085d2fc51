import { Graph, type Layer, type TaskFunction } from '../graph/index.js'
import { decode, prepare } from '../transfer/index.js'
import { chooseExecutor } from './choice.js'

/** A task as it travels: what it runs, encoded, and the values that it is given, encoded. */
export interface TravellingTask {
  /** of its layer */
  readonly name: string
  readonly label: string
  /** in its layer */
  readonly index: number
  /** {run, shared} */
  readonly payload: Uint8Array
  readonly own: Uint8Array | undefined
  readonly inputs: readonly Uint8Array[]
  /** how many inputs at the end stand for values that the function captured */
  readonly captures: number
  readonly annotations: Layer['annotations']
}

const give: TaskFunction<unknown> = (_inputs, own) => own

/** Runs a task of another process in this very thread, and gives what it gives. Rejects with a `TaskError`. */
export async function runHere({ payload, own, inputs, captures, ...task }: TravellingTask): Promise<unknown> {
  for (const bytes of [payload, ...inputs, ...(own ? [own] : [])]) await prepare(bytes)
  // Few programs ever need it.
  const { CapturedValue } = await import('../lanes/index.js')
  const values = inputs.map((bytes) => decode(bytes))
  const captured = captures > 0 ? values.splice(values.length - captures) : []
  const { run, shared } = decode(payload, { reference: (n: number) => new CapturedValue(captured[n]) }) as {
    run: TaskFunction
    shared: unknown
  }
  const parameter: unknown[] = []
  if (own) parameter[task.index] = decode(own)
  const common = { annotations: undefined, source: undefined, shared: undefined }
  const count = values.length
  const layers: Layer[] = [
    { ...common, name: 'input', label: 'input', run: give as TaskFunction, own: values },
    // An attempt that fails is what one wants to see: it is not made again.
    { ...common, name: task.name, label: task.label, run, shared, own: parameter, annotations: once(task.annotations) },
  ]
  const graph = new Graph(
    layers,
    Uint16Array.from({ length: count + 1 }, (_, t) => (t === count ? 1 : 0)),
    Int32Array.from({ length: count + 1 }, (_, t) => (t === count ? task.index : t)),
    {
      start: Int32Array.from({ length: count + 2 }, (_, t) => (t > count ? count : 0)),
      targets: Int32Array.from({ length: count }, (_, t) => t),
    },
  )
  const [value] = await chooseExecutor('inline').run(graph, Int32Array.of(count))
  return value
}

function once(annotations: Layer['annotations']): Layer['annotations'] {
  return annotations && { ...annotations, retries: 0 }
}

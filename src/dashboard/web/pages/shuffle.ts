import { type ComponentChild, h } from 'preact'
import { Bar, DataTable, Empty, Panel } from '../elements.js'
import { bytes, count, percent } from '../format.js'
import { useAnswer } from '../store.js'

/** What the scheduler answers; see `ShuffleDescription` there. */
interface ShuffleAnswer {
  readonly shuffles: readonly Shuffle[]
  readonly workers: readonly Use[]
}

interface Shuffle {
  readonly graph: number
  readonly label: string
  readonly inputs: number
  readonly outputs: number
  readonly sent: number
  readonly read: number
  readonly sealed: boolean
  readonly run?: number
  readonly breaks: number
  readonly owners: Readonly<Record<string, number>>
}

interface Use {
  readonly worker: string
  readonly runs: number
  readonly bytes: number
  readonly diskBytes: number
  readonly files: number
}

/** Data that goes from all partitions to all partitions. */
export function ShufflePage(): ComponentChild {
  const { answer, error } = useAnswer<ShuffleAnswer>('shuffles', 1000)
  const most = Math.max(1, ...(answer?.workers ?? []).map((w) => w.bytes + w.diskBytes))
  return h(
    'div',
    { class: 'panels' },
    h(
      Panel,
      { title: 'Shuffles', wide: true },
      !answer
        ? h(Empty, null, error ?? 'One moment …')
        : answer.shuffles.length === 0
          ? h(Empty, null, 'Nothing is being shuffled now. Joins, sorts and groups over many partitions are.')
          : h(DataTable<Shuffle>, {
              caption: 'Shuffles',
              rows: answer.shuffles,
              columns: [
                { name: 'graph', numeric: true, show: (s) => String(s.graph), by: (s) => s.graph },
                { name: 'shuffle', show: (s) => s.label.replace(/-seal$/, '') },
                {
                  name: 'sent',
                  show: (s) =>
                    h(Bar, {
                      parts: [{ share: s.sent / Math.max(1, s.inputs), kind: 'done' }],
                      label: `${s.sent} of ${s.inputs} partitions sent`,
                    }),
                },
                { name: 'inputs', numeric: true, show: (s) => `${count(s.sent)} / ${count(s.inputs)}`, by: (s) => s.inputs },
                {
                  name: 'read',
                  show: (s) =>
                    h(Bar, {
                      parts: [{ share: s.read / Math.max(1, s.outputs), kind: 'done' }],
                      label: `${s.read} of ${s.outputs} partitions read`,
                    }),
                },
                { name: 'outputs', numeric: true, show: (s) => `${count(s.read)} / ${count(s.outputs)}`, by: (s) => s.outputs },
                {
                  name: 'state',
                  show: (s) => (s.run === undefined ? 'over' : s.sealed ? 'all sent' : 'sending'),
                },
                { name: 'begun anew', numeric: true, show: (s) => count(s.breaks), by: (s) => s.breaks },
                {
                  name: 'partitions by worker',
                  show: (s) =>
                    Object.entries(s.owners)
                      .map(([w, n]) => `${w}: ${n}`)
                      .join(', '),
                },
              ],
            }),
    ),
    answer && answer.workers.length > 0
      ? h(
          Panel,
          { title: 'Held for shuffles', wide: true },
          h(DataTable<Use>, {
            caption: 'What workers hold for shuffles',
            rows: answer.workers,
            columns: [
              { name: 'worker', show: (w) => w.worker, by: (w) => w.worker },
              {
                name: 'held',
                show: (w) =>
                  h(Bar, {
                    parts: [
                      { share: w.bytes / most, kind: 'stored' },
                      { share: w.diskBytes / most, kind: 'spilled' },
                    ],
                    label: `${bytes(w.bytes)} in memory, ${bytes(w.diskBytes)} on disk (${percent(w.diskBytes / Math.max(1, w.bytes + w.diskBytes))})`,
                  }),
              },
              { name: 'in memory', numeric: true, show: (w) => bytes(w.bytes), by: (w) => w.bytes },
              { name: 'on disk', numeric: true, show: (w) => bytes(w.diskBytes), by: (w) => w.diskBytes },
              { name: 'files', numeric: true, show: (w) => count(w.files), by: (w) => w.files },
              { name: 'shuffles', numeric: true, show: (w) => count(w.runs), by: (w) => w.runs },
            ],
          }),
        )
      : null,
  )
}

import { connect } from '../comm/index.js'
import type { Found } from './scheduler-file.js'

/** The program's connection to its scheduler, whose end says that the program is over, however it came about. */
export interface Lifeline {
  /** kept when the scheduler is gone */
  readonly gone: Promise<void>
  /** where the scheduler's page is, without the key; undefined: there is none */
  readonly dashboard: string | undefined
  /** Lets it keep the program alive, or not, as it is at first. */
  reference(on: boolean): void
  /** Ends it, and with it the cluster. */
  close(): Promise<void>
}

export async function openLifeline({ address, credentials }: Found): Promise<Lifeline> {
  const { ControlChannel, ProtocolError } = await import('../protocol/index.js')
  let tellGone!: () => void
  const gone = new Promise<void>((resolve) => (tellGone = resolve))
  const made: { control?: InstanceType<typeof ControlChannel> } = {}
  const comm = await connect(address, {
    credentials,
    role: 'manager',
    events: {
      frame: (kind, body) => void made.control?.receive(kind, body),
      closed: (error) => {
        made.control?.closed(error ?? new ProtocolError('the scheduler has closed the connection'))
        tellGone()
      },
    },
  })
  // It has no use for what managers of workers are told.
  made.control = new ControlChannel(comm, { workers: () => undefined, stuck: () => undefined })
  const { dashboard } = (await made.control.ask('own')) as { readonly dashboard: string | undefined }
  comm.unref()
  return {
    gone,
    dashboard,
    reference: (on) => (on ? comm.ref() : comm.unref()),
    close: async () => {
      comm.ref()
      await comm.close()
    },
  }
}

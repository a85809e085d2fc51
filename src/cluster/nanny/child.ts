import { asError } from '../../base/index.js'
import { PluginError, type PluginPayload } from '../../plugins/index.js'
import { NannyError } from './errors.js'
import { type FromWorker, type ToWorker, isNannys } from './protocol.js'

/** What a worker process knows of its nanny. */
export interface Supervision<Options> {
  /** what the nanny was given for it */
  readonly options: Options
  /** Tells the nanny that the worker works. `info` is given to whoever started the nanny. */
  ready(info?: unknown): void
  /** Tells the nanny why the worker cannot start; then the process ends, with that exit code (1 unless told). */
  failed(error: unknown, code?: number): Promise<never>
  /**
   * Tells the nanny that the process ends because it means to, so that it is not started again when it then exits with
   * code 0. The channel to the nanny does not keep the process alive after that.
   */
  closing(): Promise<void>
  /** Has the nanny have these plugins, and no others. Rejects with what one of them threw. */
  plugins(plugins: readonly PluginPayload[]): Promise<void>
}

/**
 * To be called first in the program that a `Nanny` starts: gives its options. The process exits as soon as its nanny is
 * gone, however it went, so that no worker stays behind.
 *
 * @param onOrphaned what to do instead of exiting with code 1 when the nanny is gone; it has to end the process
 * @throws NannyError when the process was not started by a nanny
 * @example
 * const nanny = await superviseMe<WorkerOptions>()
 * const worker = await startWorker(nanny.options).catch(nanny.failed)
 * nanny.ready({ address: worker.address })
 * process.on('SIGTERM', async () => {
 *   await worker.drain()
 *   await nanny.closing()
 * })
 */
export async function superviseMe<Options>({
  onOrphaned = () => process.exit(1),
}: {
  readonly onOrphaned?: () => void
} = {}): Promise<Supervision<Options>> {
  if (!process.send) throw new NannyError('this program is to be started by a nanny, which gives it its options: it has none')
  let orphaned = false
  const orphan = (): void => {
    if (orphaned) return
    orphaned = true
    onOrphaned()
  }
  process.once('disconnect', orphan)
  const options = new Promise<Options>((resolve) => {
    const listen = (message: unknown): void => {
      if (!isNannys<ToWorker>(message) || message.nanny !== 'start') return
      process.off('message', listen)
      resolve(message.options as Options)
    }
    process.on('message', listen)
  })
  // Node does not stay for a channel that nobody listens to, but the worker is here until it closes.
  process.channel?.ref()
  await send({ nanny: 'hello' }, orphan)
  let questions = 0
  return {
    options: await options,
    ready: (info) => void send({ nanny: 'ready', info }, orphan),
    async failed(error, code = 1) {
      await send({ nanny: 'failed', reason: asError(error).message }, orphan)
      console.error(error)
      process.exit(code)
    },
    async plugins(plugins) {
      const question = ++questions
      const answered = new Promise<void>((resolve, reject) => {
        const listen = (message: unknown): void => {
          if (!isNannys<ToWorker>(message) || message.nanny !== 'answer' || message.question !== question) return
          process.off('message', listen)
          if (message.error) reject(Object.assign(new PluginError(message.error.message), { stack: message.error.stack }))
          else resolve()
        }
        process.on('message', listen)
      })
      await send({ nanny: 'plugins', question, plugins }, orphan)
      await answered
    },
    async closing() {
      await send({ nanny: 'closing' }, orphan)
      process.off('disconnect', orphan)
      process.channel?.unref()
    },
  }
}

/** Sends; the promise is kept once the message is on its way. When nobody is there any more, this process is an orphan. */
function send(message: FromWorker, onOrphaned: () => void): Promise<void> {
  return new Promise((resolve) => {
    process.send!(message, undefined, undefined, (error) => {
      if (error) onOrphaned()
      else resolve()
    })
  })
}

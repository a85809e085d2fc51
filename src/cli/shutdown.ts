import { ExitCode } from './exit-codes.js'

/** Which signal asked a service to end. */
export type EndSignal = 'SIGINT' | 'SIGTERM'

/** What becomes of the process at the second signal. */
export interface ShutdownOptions {
  /** the first SIGINT or SIGTERM */
  readonly first: (signal: EndSignal) => void
  /** the second one, of either kind, just before the process ends */
  readonly second: (signal: EndSignal) => void
  readonly process?: Pick<NodeJS.Process, 'on' | 'off' | 'exit'>
}

/** Has a service end when it is signalled, and at once when it is again. Gives a function that ends that. */
export function onSignals({ first, second, process: own = process }: ShutdownOptions): () => void {
  let signalled = false
  const take = (signal: EndSignal): void => {
    if (!signalled) {
      signalled = true
      first(signal)
      return
    }
    second(signal)
    own.exit(signal === 'SIGINT' ? ExitCode.interrupted : ExitCode.terminated)
  }
  const onInterrupt = (): void => take('SIGINT')
  const onTerminate = (): void => take('SIGTERM')
  own.on('SIGINT', onInterrupt)
  own.on('SIGTERM', onTerminate)
  return () => {
    own.off('SIGINT', onInterrupt)
    own.off('SIGTERM', onTerminate)
  }
}

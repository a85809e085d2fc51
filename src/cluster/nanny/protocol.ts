import type { PluginPayload } from '../../plugins/index.js'

/** What a nanny and its worker process say to each other over the channel that `fork` makes. */
export type FromWorker =
  /** it listens, and wants its options, which are sent no sooner lest nobody hears them */
  | { readonly nanny: 'hello' }
  /** it works; `info` is what it wants to be known */
  | { readonly nanny: 'ready'; readonly info: unknown }
  /** it cannot start, for this reason, and ends */
  | { readonly nanny: 'failed'; readonly reason: string }
  /** it ends because it means to */
  | { readonly nanny: 'closing' }
  /** it wants the nanny to have these plugins, and to answer when it has */
  | { readonly nanny: 'plugins'; readonly question: number; readonly plugins: readonly PluginPayload[] }

export type ToWorker =
  | { readonly nanny: 'start'; readonly options: unknown }
  /** what a question has come to; undefined: all is well */
  | {
      readonly nanny: 'answer'
      readonly question: number
      readonly error: { readonly message: string; readonly stack: string | undefined } | undefined
    }

/** Whether it is for us: the channel is open to other messages too. */
export function isNannys<T extends FromWorker | ToWorker>(message: unknown): message is T {
  return typeof message === 'object' && message !== null && 'nanny' in message
}

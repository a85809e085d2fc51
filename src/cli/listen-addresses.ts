import { parseAddress } from '../comm/index.js'
import { addressOf, addressOfInterface } from '../protocol/index.js'
import type { OptionValues } from './option-values.js'

export const PROTOCOLS = ['tcp', 'tls', 'ws', 'wss'] as const
export type Protocol = (typeof PROTOCOLS)[number]

/** Where the options of a command want it to listen. */
export interface ListenWish {
  /** undefined: nobody said */
  readonly host: string | undefined
  readonly port: string | undefined
  readonly protocol: Protocol | undefined
}

/** Reads --host or --interface, --port, --protocol. */
export function listenWish(values: OptionValues): ListenWish {
  values.notBoth('host', 'interface')
  const given = values.text('interface')
  const host = given === undefined ? values.text('host') : values.parsed('interface', () => addressOfInterface(given))
  const port = values.text('port')
  const protocol = values.oneOf('protocol', PROTOCOLS)
  // What is wrong with a host or a port is said now, by the name of its option.
  if (port !== undefined) values.parsed('port', () => parseAddress(`tcp://127.0.0.1:${port}`))
  if (host !== undefined) values.parsed('host', () => parseAddress(addressOf('tcp', host, '0')))
  return { host, port, protocol }
}

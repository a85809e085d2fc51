import { ArgumentError, describe, nearest } from '../base/index.js'

const SCHEMES = ['tcp', 'tls', 'ws', 'wss', 'unix', 'inproc'] as const

export interface NetworkAddress {
  readonly scheme: 'tcp' | 'tls' | 'ws' | 'wss'
  readonly host: string
  /** the ports that may be listened on, both included; the same where there is one */
  readonly firstPort: number
  readonly lastPort: number
}

export interface UnixAddress {
  readonly scheme: 'unix'
  readonly path: string
}

export interface InProcessAddress {
  readonly scheme: 'inproc'
  readonly name: string
}

export type SocketAddress = NetworkAddress | UnixAddress
export type Address = SocketAddress | InProcessAddress

/**
 * The parts of an address: `tcp://host:port`, `tls://…`, `ws://…`, `wss://…` (IPv6 in brackets; for listening also a range
 * of ports, `8786-8800`), `unix:///path/of/socket`, `inproc://name`.
 */
export function parseAddress(text: string): Address {
  const form = `an address is written like tcp://host:8786, tls://host:8786, ws://host:8786, wss://host:8786, unix:///path or inproc://name`
  const match = typeof text === 'string' ? /^([a-z]+):\/\/(.*)$/s.exec(text) : null
  if (match === null) throw new ArgumentError(`${describe(text)} is not an address: ${form}`)
  const scheme = SCHEMES.find((one) => one === match[1])
  const rest = match[2]!
  if (scheme === undefined) {
    const meant = nearest(match[1]!, SCHEMES)
    throw new ArgumentError(`${describe(text)} begins with ${match[1]}://${meant ? ` (${meant}:// was meant?)` : ''}: ${form}`)
  }
  if (scheme === 'inproc') {
    if (rest === '') throw new ArgumentError(`${describe(text)} names nothing: ${form}`)
    return { scheme, name: rest }
  }
  if (scheme === 'unix') {
    if (!rest.startsWith('/')) throw new ArgumentError(`${describe(text)} is not an absolute path: write unix:///path/of/socket`)
    // The kernel's sockaddr_un has 108 bytes on Linux and 104 on macOS, one of which ends the path.
    if (Buffer.byteLength(rest) > 103)
      throw new ArgumentError(`the path of ${describe(text)} is too long for a socket: at most 103 bytes; use a shorter folder`)
    return { scheme, path: rest }
  }
  const parts = /^(\[[^\]]+\]|[^:/[\]]+):(\d+)(?:-(\d+))?\/?$/.exec(rest)
  if (parts === null) throw new ArgumentError(`${describe(text)} has no host and port: ${form}`)
  const firstPort = Number(parts[2])
  const lastPort = Number(parts[3] ?? parts[2])
  if (lastPort > 65_535 || lastPort < firstPort || (firstPort === 0 && lastPort > 0))
    throw new ArgumentError(`${describe(text)}: ports are 1 to 65535, 0 for any that is free, or a range such as 8786-8800`)
  return { scheme, host: parts[1]!.replace(/^\[|\]$/g, ''), firstPort, lastPort }
}

/** The address of a host and a port as text, without the disguise that IPv4 has on sockets that take both. */
export function networkAddress(scheme: string, host: string | undefined, port: number | undefined): string {
  const plain = (host ?? 'unknown').replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/, '')
  return `${scheme}://${plain.includes(':') ? `[${plain}]` : plain}:${port ?? 0}`
}

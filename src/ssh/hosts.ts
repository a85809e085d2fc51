import { readFile } from 'node:fs/promises'
import { ArgumentError, asError, describe, noSuchOption, parseBytes } from '../base/index.js'
import type { SSHClusterOptions, SSHHost, SSHHostOptions } from './options.js'

/** The hosts of a cluster: that of the scheduler, and those of workers, with all that holds for them. */
export interface Hosts {
  readonly scheduler: SSHHost
  readonly workers: readonly SSHHost[]
}

type Reader = (text: string) => unknown

const whole: Reader = (text) => {
  if (/^[1-9]\d*$/.test(text)) return Number(text)
  throw new ArgumentError(`${JSON.stringify(text)} is not a whole number of at least 1`)
}
const asIs: Reader = (text) => text
const flag: Reader = (text) => {
  if (text === 'true' || text === 'false') return text === 'true'
  throw new ArgumentError(`${JSON.stringify(text)} is neither true nor false`)
}

/** What a line of a host file may say of its host. */
const KEYS: Readonly<Record<string, { readonly option: keyof SSHHostOptions; readonly read: Reader }>> = {
  user: { option: 'user', read: asIs },
  port: { option: 'port', read: whole },
  identityFile: { option: 'identityFile', read: asIs },
  node: { option: 'node', read: asIs },
  heddle: { option: 'heddle', read: asIs },
  directory: { option: 'directory', read: asIs },
  workers: { option: 'workers', read: whole },
  threads: { option: 'threads', read: whole },
  // As Open MPI's host files have it.
  slots: { option: 'threads', read: whole },
  memoryLimit: { option: 'memoryLimit', read: asIs },
  localDirectory: { option: 'localDirectory', read: asIs },
  interface: { option: 'interface', read: asIs },
  workerPorts: { option: 'workerPorts', read: asIs },
  nanny: { option: 'nanny', read: flag },
  resources: { option: 'resources', read: resourcesOf },
}

/**
 * Who is who.
 *
 * @throws ArgumentError when there are no hosts for workers, or one of them is none
 */
export async function hostsOf({ hosts = [], hostFile, schedulerHost, defaults = {} }: SSHClusterOptions): Promise<Hosts> {
  const all = [...hosts.map(hostOf), ...(hostFile === undefined ? [] : await readHostFile(hostFile))]
  const [first, ...rest] = schedulerHost === undefined ? all : [hostOf(schedulerHost), ...all]
  if (!first) throw new ArgumentError('SSHCluster: there are no hosts: give `hosts`, or a `hostFile`')
  if (rest.length === 0) {
    throw new ArgumentError(
      `SSHCluster: ${first.host} runs the scheduler, and there is no host for workers: give more, or the same one twice`,
    )
  }
  const complete = (host: SSHHost): SSHHost => ({
    ...defaults,
    ...host,
    ...(defaults.environment || host.environment ? { environment: { ...defaults.environment, ...host.environment } } : {}),
  })
  return { scheduler: complete(first), workers: rest.map(complete) }
}

/** 'user@host:port' as what it says; an IPv6 address with a port has brackets. */
export function hostOf(given: string | SSHHost): SSHHost {
  if (typeof given !== 'string') {
    if (typeof given?.host !== 'string') throw new ArgumentError(`SSHCluster: ${describe(given)} is no host: it has no \`host\``)
    return { ...given, ...hostOf(given.host) }
  }
  const [, user, bracketed, plain, port] = /^(?:([^@\s]+)@)?(?:\[([^\]\s]+)\]|([^@\s[\]]+?))(?::(\d+))?$/.exec(given.trim()) ?? []
  // `fe80::1` alone: its last group is no port.
  const address = plain !== undefined && port !== undefined && plain.includes(':') ? `${plain}:${port}` : (bracketed ?? plain)
  // What begins with a hyphen would be an option of ssh's.
  if (address === undefined || address.startsWith('-') || user?.startsWith('-')) {
    throw new ArgumentError(`SSHCluster: ${describe(given)} is no host: they are written as host, user@host, or host:port`)
  }
  const own = address === plain || address === bracketed
  return { host: address, ...(user === undefined ? {} : { user }), ...(port !== undefined && own ? { port: Number(port) } : {}) }
}

async function readHostFile(path: string): Promise<readonly SSHHost[]> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    throw new ArgumentError(`SSHCluster: the host file ${path} cannot be read: ${asError(error).message}`, { cause: error })
  }
  return parseHostFile(text, path)
}

/**
 * The hosts of a file: one a line, `#` begins a comment.
 *
 * @param path for messages
 */
export function parseHostFile(text: string, path: string): readonly SSHHost[] {
  return text.split('\n').flatMap((line, n) => {
    const [host, ...pairs] = line.replace(/#.*/, '').trim().split(/\s+/)
    if (!host) return []
    try {
      return [{ ...hostOf(host), ...Object.fromEntries(pairs.map(readPair)) }]
    } catch (error) {
      if (!(error instanceof ArgumentError)) throw error
      throw new ArgumentError(`${path}, line ${n + 1}: ${error.message}`, { cause: error })
    }
  })
}

function readPair(pair: string): [keyof SSHHostOptions, unknown] {
  const [, key, value] = /^([^=]+)=(.+)$/.exec(pair) ?? []
  if (key === undefined) throw new ArgumentError(`${JSON.stringify(pair)} is not name=value`)
  if (!Object.hasOwn(KEYS, key)) throw noSuchOption('', key, Object.keys(KEYS))
  const { option, read } = KEYS[key]!
  return [option, read(value!)]
}

/** 'gpu=1,mem=2GB' as what it says. */
function resourcesOf(text: string): Record<string, number> {
  return Object.fromEntries(
    text.split(',').map((part) => {
      const [, name, amount] = /^([^=]+)=(.+)$/.exec(part) ?? []
      if (name === undefined)
        throw new ArgumentError(`${JSON.stringify(part)} is not a resource: they are written as gpu=1,mem=2GB`)
      return [name, parseBytes(amount!)]
    }),
  )
}

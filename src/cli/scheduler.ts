import { hostname } from 'node:os'
import { resolve } from 'node:path'
import { formatBytes, formatDuration } from '../base/index.js'
import { SchedulerServer, type WorkerInfo } from '../cluster/index.js'
import { parseAddress } from '../comm/index.js'
import { config } from '../config/index.js'
import type { CommandInput } from './command.js'
import { ExitCode } from './exit-codes.js'
import { addressOf, contactAddresses, isLoopback, isNetwork, listenWish, namedAddress } from './listen-addresses.js'
import { OptionValues } from './option-values.js'
import { publish } from './publish.js'
import { writePidFile } from './pid-file.js'
import { preloadHere } from './preload.js'
import { credentialsOfScheduler } from './security-folder.js'
import { ServiceLog } from './service-log.js'
import { type EndSignal, onSignals } from './shutdown.js'
import { schedulerFileOf } from './state-folder.js'

const DEFAULT_PORT = '8786'

/** `heddle scheduler` */
export async function run({ options, terminal }: CommandInput): Promise<number> {
  const values = new OptionValues('scheduler', options)
  const wish = listenWish(values)
  const contact = values.text('contact-address')
  if (contact !== undefined) values.parsed('contact-address', () => parseAddress(contact))
  const idleTimeout = values.duration('idle-timeout')
  const pidFile = values.text('pid-file')
  const log = new ServiceLog(terminal, { quiet: values.flag('quiet'), json: values.flag('json') })

  // Whoever talks to it from other machines is talked to in secret.
  const host = wish.host ?? '0.0.0.0'
  const protocol = wish.protocol ?? (isLoopback(host) ? 'tcp' : 'tls')
  const secure = protocol === 'tls' || protocol === 'wss'
  if (idleTimeout !== undefined) config.set({ scheduler: { idleTimeout } })
  const removePidFile = pidFile === undefined ? undefined : writePidFile(pidFile)
  let removeFile: (() => Promise<void>) | undefined
  try {
    await preloadHere(values.texts('preload'))
    const credentials = await credentialsOfScheduler(values.text('security-folder'), secure)
    const observed = {
      credentials,
      addresses: [addressOf(protocol, host, wish.port ?? DEFAULT_PORT)],
      observer: new MembersInLog(log),
    }
    const server = await SchedulerServer.start(observed)
    const end = new Promise<string>((tell) => {
      server.onIdle = () => tell(`it was idle for ${formatDuration(config.get('scheduler.idleTimeout'))}`)
      void server.ended.then(() => tell('a client asked it to'))
      onSignals({ first: (signal: EndSignal) => tell(signal), second: () => void removePidFile?.() })
    })
    const contacts = contact === undefined ? server.addresses.flatMap((address) => contactAddresses(address)) : [contact]
    const file = resolve(values.text('scheduler-file') ?? schedulerFileOf(portOf(server.addresses[0]!)))
    try {
      removeFile = await publish(file, { id: server.id, addresses: contacts, credentials })
    } catch (error) {
      await server.close()
      throw error
    }
    const named = contact ?? (isLoopback(host) ? contacts[0]! : namedAddress(server.addresses[0]!))
    log.tell('good', 'listening', `the scheduler listens at ${contacts.join(', ')}; workers: heddle worker --scheduler-file ${file}`, {
      id: server.id,
      pid: process.pid,
      host: hostname(),
      address: named,
      addresses: contacts,
      listening: server.addresses,
      schedulerFile: file,
    })
    const reason = await end
    log.tell('plain', 'closing', `the scheduler ends: ${reason}`, { reason })
    await server.close()
    return ExitCode.done
  } finally {
    await removeFile?.()
    removePidFile?.()
  }
}

function portOf(address: string): number {
  const where = parseAddress(address)
  return isNetwork(where) ? where.firstPort : 0
}

/** Tells of workers that come and go. */
class MembersInLog {
  readonly #log: ServiceLog
  #workers = 0

  constructor(log: ServiceLog) {
    this.#log = log
  }

  workerJoined(info: WorkerInfo): void {
    this.#workers++
    const { name, address, threads, memoryLimit } = info
    const memory = memoryLimit === undefined || memoryLimit === Infinity ? '' : `, ${formatBytes(memoryLimit)}`
    const shape = `${threads} ${threads === 1 ? 'thread' : 'threads'}${memory}`
    const { host, pid, resources } = info
    const facts = { name, address, host, pid, threads, memoryLimit, resources, workers: this.#workers }
    this.#log.tell('good', 'worker-joined', `worker ${name} joins: ${address}, ${shape} (${this.#count()})`, facts)
  }

  workerLeft({ name, address }: WorkerInfo, reason: string, expected: boolean): void {
    this.#workers--
    const facts = { name, address, reason, expected, workers: this.#workers }
    const text = `worker ${name} ${expected ? 'leaves' : 'is lost'}: ${reason} (${this.#count()})`
    this.#log.tell(expected ? 'plain' : 'bad', 'worker-left', text, facts)
  }

  refused({ name, message }: Error, peer: string): void {
    this.#log.tell('warning', 'refused', `a connection was refused: ${message}`, { peer, error: name })
  }

  #count(): string {
    return `${this.#workers} ${this.#workers === 1 ? 'worker' : 'workers'}`
  }
}

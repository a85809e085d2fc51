import { hostname } from 'node:os'
import { resolve } from 'node:path'
import { formatDuration } from '../base/index.js'
import { SchedulerServer } from '../cluster/index.js'
import { linkWithKey, parseAddress } from '../comm/index.js'
import { config } from '../config/index.js'
import { serveScheduler } from '../dashboard/index.js'
import { recordHistory } from '../history/index.js'
import { addressOf, contactAddresses, isLoopback, isNetwork, namedAddress } from '../protocol/index.js'
import type { CommandInput } from './command.js'
import { ExitCode } from './exit-codes.js'
import { listenWish } from './listen-addresses.js'
import { tellMembers } from './members.js'
import { OptionValues, givenOr } from './option-values.js'
import { publish } from './publish.js'
import { writePidFile } from './pid-file.js'
import { preloadHere } from './preload.js'
import { credentialsOfScheduler } from './security-folder.js'
import { serviceLog } from './service-log.js'
import { type EndSignal, onSignals } from './shutdown.js'
import { StdinControl } from './stdin-control.js'
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
  const log = serviceLog(terminal, values)
  log.takeWarnings()

  // Whoever talks to it from other machines is talked to in secret.
  const host = wish.host ?? '0.0.0.0'
  const protocol = wish.protocol ?? (isLoopback(host) ? 'tcp' : 'tls')
  const secure = protocol === 'tls' || protocol === 'wss'
  if (idleTimeout !== undefined) config.set({ scheduler: { idleTimeout } })
  const removePidFile = pidFile === undefined ? undefined : writePidFile(pidFile)
  const control = values.flag('stdin-control') ? await StdinControl.open() : undefined
  let removeFile: (() => Promise<void>) | undefined
  try {
    const preload = await preloadHere(givenOr(values.texts('preload'), config.get('scheduler.preload')))
    const credentials = control?.credentials ?? (await credentialsOfScheduler(values.text('security-folder'), secure))
    const server = await SchedulerServer.start({
      credentials,
      addresses: [addressOf(protocol, host, wish.port ?? DEFAULT_PORT)],
      preload,
    })
    const dashboard = await serveScheduler(server, credentials).catch(async (error: unknown) => {
      await server.close()
      throw error
    })
    await recordHistory(server)
    const ignoreMembers = tellMembers(server.log, log)
    const end = new Promise<string>((tell) => {
      server.onIdle = () => tell(`it was idle for ${formatDuration(config.get('scheduler.idleTimeout'))}`)
      void server.ended.then(() => tell('a client asked it to'))
      control?.listen((_, why) => tell(why))
      onSignals({ first: (signal: EndSignal) => tell(signal), second: () => removePidFile?.() })
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
    log.tell(
      'good',
      'listening',
      `the scheduler listens at ${contacts.join(', ')}; workers: heddle worker --scheduler-file ${file}`,
      {
        id: server.id,
        pid: process.pid,
        host: hostname(),
        address: named,
        addresses: contacts,
        listening: server.addresses,
        schedulerFile: file,
      },
    )
    // The key is for the person who reads this, not for whatever keeps a log.
    if (dashboard) {
      const link = terminal.width === undefined ? dashboard.address : linkWithKey(dashboard.address, credentials)
      log.tell('plain', 'dashboard', `the dashboard: ${link}`, { dashboard: dashboard.address })
    }
    const reason = await end
    log.tell('plain', 'closing', `the scheduler ends: ${reason}`, { reason })
    // That all of them go then is no news.
    ignoreMembers()
    await server.close()
    return ExitCode.done
  } finally {
    control?.close()
    await removeFile?.()
    removePidFile?.()
  }
}

function portOf(address: string): number {
  const where = parseAddress(address)
  return isNetwork(where) ? where.firstPort : 0
}

import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { join, resolve } from 'node:path'
import { parseAddress } from '../comm/index.js'
import { isNetwork } from '../protocol/index.js'
import { type SSHHostOptions, SSHCluster } from '../ssh/index.js'
import type { CommandInput } from './command.js'
import { UsageError } from './errors.js'
import { ExitCode } from './exit-codes.js'
import { PROTOCOLS } from './listen-addresses.js'
import { OptionValues, parseResources } from './option-values.js'
import { publish } from './publish.js'
import { ServiceLog } from './service-log.js'
import { onSignals } from './shutdown.js'
import { stateFolder } from './state-folder.js'

/** `heddle ssh` */
export async function run({ options, positionals, terminal }: CommandInput): Promise<number> {
  const values = new OptionValues('ssh', options)
  const hostFile = values.text('hostfile')
  if (positionals.length === 0 && hostFile === undefined) {
    throw new UsageError('ssh: give the hosts, or a --hostfile; see heddle ssh --help')
  }
  const log = new ServiceLog(terminal, { quiet: values.flag('quiet'), json: values.flag('json') })
  let tellEnd!: (reason: string) => void
  const end = new Promise<string>((tell) => (tellEnd = tell))
  const ignoreSignals = onSignals({ first: (signal) => tellEnd(signal), second: () => undefined })
  // Clusters keep no program alive.
  const stay = setInterval(() => undefined, 60_000)
  let removeFile: (() => Promise<void>) | undefined
  try {
    const cluster = await startUnless(end, {
      ...given({
        hosts: positionals,
        hostFile,
        schedulerHost: values.text('scheduler'),
        defaults: hostOptions(values),
        scheduler: given({
          port: values.text('scheduler-port'),
          interface: values.text('interface'),
          protocol: values.oneOf('protocol', PROTOCOLS),
        }),
        startTimeout: values.duration('start-timeout'),
        logDirectory: values.text('log-directory'),
        ssh: values.text('ssh'),
      }),
      onLog: (from, line) => log.tell('plain', 'log', `${from}: ${line}`, { from }),
      onWorkerLost: (error) => log.tell('bad', 'worker-lost', error.message, {}),
    })
    if (!cluster) return ExitCode.done
    try {
      const where = parseAddress(cluster.address)
      const port = isNetwork(where) ? where.firstPort : 0
      // The scheduler writes its own, perhaps into the same folder.
      const file = resolve(values.text('scheduler-file') ?? join(stateFolder(), `scheduler-ssh-${hostname()}-${port}.json`))
      const { addresses, credentials } = cluster
      removeFile = await publish(file, { id: randomUUID(), addresses, credentials })
      log.tell(
        'good',
        'ready',
        `${cluster.workers.length} hosts work for the scheduler at ${cluster.address}; clients: ${file}`,
        {
          address: cluster.address,
          workers: cluster.workers,
          schedulerFile: file,
        },
      )
      void cluster.ended.then(() => tellEnd('the scheduler has ended'))
      const reason = await end
      log.tell('plain', 'closing', `the cluster ends: ${reason}`, { reason })
    } finally {
      await removeFile?.()
      await cluster.close()
    }
    return ExitCode.done
  } finally {
    clearInterval(stay)
    ignoreSignals()
  }
}

/** A cluster that nobody wants any more before it is there is ended; undefined then. */
async function startUnless(
  end: Promise<string>,
  options: Parameters<typeof SSHCluster.start>[0],
): Promise<SSHCluster | undefined> {
  const starting = SSHCluster.start(options)
  const first = await Promise.race([starting, end])
  if (typeof first !== 'string') return first
  const cluster = await starting.catch(() => undefined)
  await cluster?.close()
  return undefined
}

function hostOptions(values: OptionValues): SSHHostOptions {
  const resources = values.text('resources')
  const identityFile = values.text('ssh-private-key')
  return given({
    user: values.text('ssh-username'),
    port: values.count('ssh-port', 1),
    identityFile: identityFile === undefined ? undefined : resolve(identityFile),
    sshArguments: values.texts('ssh-argument'),
    node: values.text('remote-node'),
    heddle: values.text('remote-heddle'),
    directory: values.text('remote-directory'),
    prologue: values.texts('prologue'),
    workers: values.count('nworkers', 1),
    threads: values.count('nthreads', 1),
    memoryLimit: values.text('memory-limit'),
    localDirectory: values.text('local-directory'),
    resources: resources === undefined ? undefined : values.parsed('resources', () => parseResources(resources)),
    interface: values.text('interface'),
    workerPorts: values.text('worker-port'),
    nanny: values.flag('no-nanny') ? false : undefined,
  })
}

/** Without what is undefined. */
function given<T extends object>(options: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>
  }
}

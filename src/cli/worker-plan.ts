import { hostname } from 'node:os'
import { type Division, divide } from '../cluster/index.js'
import { addressOf, isNetwork } from '../protocol/index.js'
import { availableMemory, memoryLimit } from '../memory/index.js'
import { parseAddress } from '../comm/index.js'
import { availableCores, config } from '../config/index.js'
import { UsageError } from './errors.js'
import { type ListenWish, listenWish } from './listen-addresses.js'
import { preloadUrls } from './preload.js'
import { type OptionValues, givenOr, parseResources } from './option-values.js'

/** What the command line of `heddle worker` wants. */
export interface WorkerPlan extends Division {
  /** of each worker */
  readonly names: readonly string[]
  /** bytes of each; Infinity: no limit */
  readonly memory: number
  readonly resources: Readonly<Record<string, number>>
  readonly listen: ListenWish
  readonly listenAddress: string | undefined
  readonly contactAddress: string | undefined
  readonly localDirectory: string
  /** milliseconds */
  readonly deathTimeout: number
  readonly lifetime: number | undefined
  readonly lifetimeStagger: number
  readonly lifetimeRestart: boolean
  /** addresses of modules: for workers, and for their nannies */
  readonly preload: readonly string[]
  readonly preloadNanny: readonly string[]
  readonly nanny: boolean
}

/** Reads the options, and what they leave open from the machine. */
export function workerPlan(values: OptionValues): WorkerPlan {
  const nanny = !values.flag('no-nanny')
  const wanted = values.count('nworkers', 1, { auto: true })
  if (!nanny && (wanted ?? 1) > 1) throw values.wrong('no-nanny', 'without a nanny this is one worker: leave --nworkers out')
  const division = divide({
    cores: availableCores(),
    memory: availableMemory(),
    workers: nanny ? wanted : 1,
    threads: values.count('nthreads', 1, { auto: true }),
  })
  const name = values.text('name') ?? `${hostname()}-${process.pid}`
  const one = division.workers === 1
  for (const option of ['host', 'interface', 'port', 'protocol']) values.notBoth('listen-address', option)
  const listenAddress = values.text('listen-address')
  const contactAddress = values.text('contact-address')
  const listen = listenWish(values)
  if (listenAddress !== undefined) {
    const where = values.parsed('listen-address', () => parseAddress(listenAddress))
    if (!one && !(isNetwork(where) && hasPorts(where, division.workers)))
      throw tooFewPorts(values, 'listen-address', division.workers)
  }
  if (listen.port !== undefined && !one) {
    const where = parseAddress(`tcp://127.0.0.1:${listen.port}`)
    if (isNetwork(where) && !hasPorts(where, division.workers)) throw tooFewPorts(values, 'port', division.workers)
  }
  if (contactAddress !== undefined) {
    const where = values.parsed('contact-address', () => parseAddress(contactAddress))
    if (!one) throw values.wrong('contact-address', `${division.workers} workers cannot have one address: say --nworkers 1`)
    if (isNetwork(where) && (where.firstPort === 0 || where.firstPort !== where.lastPort)) {
      throw values.wrong('contact-address', `${contactAddress} has no single port`)
    }
  }
  const resources = values.text('resources')
  const limit = values.text('memory-limit') ?? 'auto'
  const lifetimeStagger = values.duration('lifetime-stagger') ?? 0
  const lifetime = values.duration('lifetime')
  const lifetimeRestart = values.flag('lifetime-restart')
  if (lifetime === undefined && (lifetimeStagger > 0 || lifetimeRestart)) {
    throw new UsageError('worker: --lifetime-stagger and --lifetime-restart are about --lifetime, which is not given')
  }
  if (!nanny && lifetimeRestart) throw values.wrong('no-nanny', 'it is the nanny that would restart the worker')
  const spillFolder = config.get('memory.localDirectory')
  return {
    ...division,
    names: one ? [name] : Array.from({ length: division.workers }, (_, i) => `${name}-${i}`),
    memory: values.parsed('memory-limit', () => memoryLimit(limit, division.threads)),
    resources: resources === undefined ? {} : values.parsed('resources', () => parseResources(resources)),
    listen,
    listenAddress,
    contactAddress,
    localDirectory: values.text('local-directory') ?? (spillFolder === 'auto' ? config.get('temporaryDirectory') : spillFolder),
    deathTimeout: values.duration('death-timeout') ?? config.get('worker.deathTimeout'),
    lifetime,
    lifetimeStagger,
    lifetimeRestart,
    preload: preloadUrls('preload', givenOr(values.texts('preload'), config.get('worker.preload'))),
    preloadNanny: preloadUrls('preload-nanny', givenOr(values.texts('preload-nanny'), config.get('nanny.preload'))),
    nanny,
  }
}

/**
 * Where the workers listen: at the address of this machine that leads to the scheduler, unless told, and speaking what the
 * scheduler speaks.
 */
export function listenAddressOf({ listen, listenAddress }: WorkerPlan, scheduler: string, local: string): string {
  if (listenAddress !== undefined) return listenAddress
  const theirs = parseAddress(scheduler)
  const here = parseAddress(local)
  const protocol = listen.protocol ?? (isNetwork(theirs) ? theirs.scheme : 'tcp')
  return addressOf(protocol, listen.host ?? (isNetwork(here) ? here.host : '127.0.0.1'), listen.port ?? '0')
}

function hasPorts({ firstPort, lastPort }: { readonly firstPort: number; readonly lastPort: number }, count: number): boolean {
  return firstPort === 0 || lastPort - firstPort + 1 >= count
}

function tooFewPorts(values: OptionValues, option: string, workers: number): UsageError {
  return values.wrong(option, `${workers} workers need as many ports: give a range such as 9000-${9000 + workers - 1}, or 0`)
}

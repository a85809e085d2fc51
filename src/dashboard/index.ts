import type { ClusterDump } from '../client/index.js'
import type { Accounts } from '../events/index.js'
import type { SchedulerServer } from '../cluster/index.js'
import type { Credentials } from '../comm/index.js'
import type { DashboardServer } from './server/dashboard-server.js'

export type { DashboardOptions, DashboardServer, RouteAnswer } from './server/dashboard-server.js'
export type { DashboardSource } from './server/source.js'

/**
 * Serves the page that shows what a scheduler of this process does, as the settings `dashboard` say; undefined: they say
 * that there is to be none. It does not keep the program alive.
 *
 * @throws AddressInUse, ListenError
 */
export async function serveScheduler(server: SchedulerServer, credentials: Credentials): Promise<DashboardServer | undefined> {
  return (await import('./server/serve-scheduler.js')).serveScheduler(server, credentials)
}

/** How the page of a program is served. */
export interface OpenDashboardOptions {
  /** the setting `dashboard.port` unless told; 0: any that is free */
  readonly port?: number
  /** the setting `dashboard.host` unless told */
  readonly host?: string
}

/** A page in a browser that shows what this program computes. */
export interface Dashboard extends AsyncDisposable {
  /** its address, with the key to it */
  readonly link: string
  close(): Promise<void>
}

/**
 * Serves a page that shows what this program computes from now on, on threads, processes or in its own thread. Clusters serve
 * one of their own: see `client.dashboardLink`. It does not keep the program alive, and shows what has been when that ended.
 *
 * @throws AddressInUse, ListenError
 * @example
 * const dashboard = await openDashboard()
 * console.log(dashboard.link) // http://127.0.0.1:8787/?key=…
 */
export async function openDashboard(options: OpenDashboardOptions = {}): Promise<Dashboard> {
  return (await import('./open-dashboard.js')).openDashboard(options)
}

/**
 * Writes what the computations that `fn` starts did as one HTML file, which shows the pages of the dashboard without a
 * server. Gives what `fn` gives; the file is written also when that throws. Of more than 200,000 tasks, evenly chosen ones
 * are told of one by one; sums are exact.
 *
 * @throws what `fn` throws; an error of the file system when the file cannot be written
 * @example
 * const counts = await performanceReport('words.html', () => words.frequencies().compute())
 */
export async function performanceReport<R>(path: string, fn: () => R | PromiseLike<R>): Promise<R> {
  return (await import('./report.js')).writeReport(path, fn)
}

/** How a dump is shown again. */
export interface ReplayOptions extends OpenDashboardOptions {
  /** how many times as fast as it happened; Infinity, which is at once, unless told */
  readonly speed?: number
}

/** A page that shows a dump. */
export interface Replay extends Dashboard {
  /** what everything cost, as far as the dump has it */
  readonly accounts: Accounts
}

/**
 * Serves the page of a dashboard with what a dump of a cluster has: see `readDump`. It goes on until it is closed.
 *
 * @throws ArgumentError, AddressInUse, ListenError
 */
export async function serveDump(dump: ClusterDump, options: ReplayOptions = {}): Promise<Replay> {
  return (await import('./serve-dump.js')).serveReplay(dump, options)
}

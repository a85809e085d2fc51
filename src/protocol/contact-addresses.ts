import { isIPv4 } from 'node:net'
import { type NetworkInterfaceInfo, hostname, networkInterfaces } from 'node:os'
import { ArgumentError, nearest } from '../base/index.js'
import { type Address, parseAddress } from '../comm/index.js'

type Interfaces = NodeJS.Dict<NetworkInterfaceInfo[]>

/** An address as text; IPv6 gets its brackets. */
export function addressOf(protocol: string, host: string, port: string): string {
  const bare = host.replace(/^\[|\]$/g, '')
  return `${protocol}://${bare.includes(':') ? `[${bare}]` : bare}:${port}`
}

/** The address that a network interface of this machine has: of IPv4 if it has one. */
export function addressOfInterface(name: string, interfaces: Interfaces = networkInterfaces()): string {
  const addresses = interfaces[name]
  const found = addresses?.find(({ family }) => family === 'IPv4') ?? addresses?.[0]
  if (found) {
    // An address that is valid on one link only needs to say which.
    return found.family === 'IPv6' && found.scopeid ? `${found.address}%${name}` : found.address
  }
  const names = Object.keys(interfaces)
  const near = nearest(name, names)
  throw new ArgumentError(
    `there is no network interface ${JSON.stringify(name)} with an address; ${near ? `did you mean ${near}? T` : 't'}here are ${names.join(', ')}`,
  )
}

/** Whether only this machine reaches a host. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '[::1]' || (isIPv4(host) && host.startsWith('127.'))
}

/**
 * Addresses that others can connect to for one that is listened at: where that is every address of this machine, those
 * of its network interfaces, and of this machine alone where there are none.
 */
export function contactAddresses(address: string, interfaces: Interfaces = networkInterfaces()): string[] {
  const where = parseAddress(address)
  if (!isNetwork(where) || (where.host !== '0.0.0.0' && where.host !== '::')) return [address]
  const hosts = Object.values(interfaces)
    .flatMap((list) => list ?? [])
    .filter(({ internal, family, scopeid }) => !internal && !scopeid && (where.host === '::' || family === 'IPv4'))
    // IPv4 first: it is what most clusters route.
    .sort((a, b) => a.family.localeCompare(b.family))
    .map(({ address }) => address)
  if (hosts.length === 0) hosts.push('127.0.0.1')
  return hosts.map((host) => addressOf(where.scheme, host, String(where.firstPort)))
}

/** The address with the name of this machine, for people to type. */
export function namedAddress(address: string): string {
  const where = parseAddress(address)
  return isNetwork(where) ? addressOf(where.scheme, hostname(), String(where.firstPort)) : address
}

export function isNetwork(address: Address): address is Extract<Address, { host: string }> {
  return 'host' in address
}

import type { SSHHost } from './options.js'

/** Seconds between signs of life on a connection that is silent, and how many may be missed. */
const ALIVE_INTERVAL = 15
const ALIVE_COUNT = 4

/**
 * The arguments of ssh that run a command on a host. What the user says comes first: of an option that is there twice, ssh
 * takes the first.
 */
export function sshArguments(host: SSHHost, command: string, connectTimeout: number): readonly string[] {
  const { user, port, identityFile, sshArguments: given = [] } = host
  return [
    ...given,
    ...(user === undefined ? [] : ['-l', user]),
    ...(port === undefined ? [] : ['-p', String(port)]),
    ...(identityFile === undefined ? [] : ['-i', identityFile]),
    // Neither a terminal, nor forwarding: they would be doors. Nobody is there to be asked.
    '-T',
    '-x',
    '-a',
    '-o',
    'BatchMode=yes',
    '-o',
    'ClearAllForwardings=yes',
    '-o',
    `ConnectTimeout=${Math.max(1, Math.ceil(connectTimeout / 1000))}`,
    '-o',
    `ServerAliveInterval=${ALIVE_INTERVAL}`,
    '-o',
    `ServerAliveCountMax=${ALIVE_COUNT}`,
    '--',
    host.host,
    command,
  ]
}

import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Why there can be no hosts here; undefined: there can. */
export function whyNoHosts(): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'it takes root on Linux to make hosts'
  try {
    execFileSync('ip', ['netns', 'add', 'heddle-probe'], { stdio: 'ignore' })
    execFileSync('ip', ['netns', 'del', 'heddle-probe'], { stdio: 'ignore' })
    return undefined
  } catch {
    return 'network namespaces cannot be made here'
  }
}

const ip = (...args: string[]): void => {
  execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] })
}

let made = 0

/**
 * Hosts on one machine: network namespaces on a bridge, each with an address of its own; the machine itself is there too.
 * What is cut is silent: packets vanish, nobody is told.
 */
export class Hosts {
  /** the address of this machine among them */
  readonly address: string
  readonly #bridge: string
  readonly #names: string[] = []
  readonly #subnet: number
  readonly #children: ChildProcess[] = []

  constructor(count: number) {
    // Several runs side by side must not meet.
    const id = `${process.pid}${(made++).toString(36)}`
    this.#subnet = (process.pid + made * 7) % 250
    this.#bridge = `hb${id}`
    this.address = this.addressOf(-1)
    ip('link', 'add', this.#bridge, 'type', 'bridge')
    ip('addr', 'add', `${this.address}/24`, 'dev', this.#bridge)
    ip('link', 'set', this.#bridge, 'up')
    for (let i = 0; i < count; i++) {
      const name = `heddle-${id}-${i}`
      this.#names.push(name)
      ip('netns', 'add', name)
      ip('link', 'add', `hv${id}.${i}`, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name)
      ip('link', 'set', `hv${id}.${i}`, 'master', this.#bridge, 'up')
      ip('-n', name, 'link', 'set', 'lo', 'up')
      ip('-n', name, 'addr', 'add', `${this.addressOf(i)}/24`, 'dev', 'eth0')
      ip('-n', name, 'link', 'set', 'eth0', 'up')
      mkdirSync(join('/etc/netns', name), { recursive: true })
      writeFileSync(join('/etc/netns', name, 'hosts'), '127.0.0.1 localhost\n')
    }
  }

  addressOf(host: number): string {
    return `10.79.${this.#subnet}.${host < 0 ? 254 : host + 1}`
  }

  /** Runs a program on a host. */
  run(host: number, command: string, args: readonly string[], environment: NodeJS.ProcessEnv = {}): ChildProcess {
    const child = spawn('ip', ['netns', 'exec', this.#names[host]!, command, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...environment },
    })
    this.#children.push(child)
    return child
  }

  /** From now on nothing gets from one host to the other, either way. */
  cut(a: number, b: number): void {
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const) {
      ip(
        '-n',
        this.#names[from]!,
        'neigh',
        'replace',
        this.addressOf(to),
        'lladdr',
        '02:00:00:00:de:ad',
        'dev',
        'eth0',
        'nud',
        'permanent',
      )
    }
  }

  heal(a: number, b: number): void {
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const)
      ip('-n', this.#names[from]!, 'neigh', 'del', this.addressOf(to), 'dev', 'eth0')
  }

  /** The host's network is gone, and nobody is told. */
  down(host: number): void {
    ip('-n', this.#names[host]!, 'link', 'set', 'eth0', 'down')
  }

  close(): void {
    for (const child of this.#children) child.kill('SIGKILL')
    for (const name of this.#names) {
      for (const pid of execFileSync('ip', ['netns', 'pids', name], { encoding: 'utf8' }).split('\n'))
        if (pid !== '') process.kill(Number(pid), 'SIGKILL')
      ip('netns', 'del', name)
      rmSync(join('/etc/netns', name), { recursive: true, force: true })
    }
    ip('link', 'del', this.#bridge)
  }
}

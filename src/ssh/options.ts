import type { SSHError } from './errors.js'

/** How a host is reached, where Node and Heddle are on it, and what workers it has. */
export interface SSHHostOptions {
  /** the user there; as ssh has it configured unless told */
  readonly user?: string
  /** the port of its sshd; as ssh has it configured unless told */
  readonly port?: number
  /** the file of the private key */
  readonly identityFile?: string
  /** further arguments of ssh, as words: ['-F', 'config', '-o', 'ProxyJump=gateway'] */
  readonly sshArguments?: readonly string[]
  /** Node there; `node` of the PATH, that of a login shell, or the path that it has here, unless told */
  readonly node?: string
  /** the folder of the package `heddle` there; where it is here, where Node finds it, or the `heddle` of the PATH, unless told */
  readonly heddle?: string
  /** the working folder there; the home unless told */
  readonly directory?: string
  /** commands for sh that are run first: 'module load nodejs' */
  readonly prologue?: string | readonly string[]
  /** environment of the processes there; others on the host can see it: no place for secrets */
  readonly environment?: Readonly<Record<string, string>>
  /** worker processes; one unless told */
  readonly workers?: number
  /** threads that run tasks, of each of them; the cores divided among them unless told */
  readonly threads?: number
  /** the memory of each of them: '4 GiB', a share such as '50 %', 'none'; its share unless told */
  readonly memoryLimit?: string
  /** what each of them has of named resources */
  readonly resources?: Readonly<Record<string, number>>
  /** the folder there for values that do not fit into memory */
  readonly localDirectory?: string
  /** the network interface that workers listen at: 'ib0' */
  readonly interface?: string
  /** the ports that workers listen at: '9000-9015' */
  readonly workerPorts?: string
  /** false: workers are not started again when they die; true unless told */
  readonly nanny?: boolean
  /** further arguments of `heddle worker`, as words */
  readonly workerArguments?: readonly string[]
}

/** A host, and what is different about it. */
export interface SSHHost extends SSHHostOptions {
  /** a name or an address that ssh knows */
  readonly host: string
}

/** Where the scheduler listens on its host. */
export interface SSHScheduler {
  /** the address to listen at; 0.0.0.0 unless told */
  readonly listen?: string
  /** the network interface to listen at instead */
  readonly interface?: string
  /** the port, or a range to choose from: '8786-8800'; any unless told */
  readonly port?: string | number
  /** 'tls' unless told */
  readonly protocol?: 'tcp' | 'tls' | 'ws' | 'wss'
  /** where others reach it, if not where it listens: 'tls://gateway:8786' */
  readonly contactAddress?: string
  /** further arguments of `heddle scheduler`, as words */
  readonly schedulerArguments?: readonly string[]
}

export interface SSHClusterOptions {
  /** 'user@host:port', or objects; the first one is that of the scheduler unless `schedulerHost` is said; one twice has two workers */
  readonly hosts?: readonly (string | SSHHost)[]
  /** a file with a host a line, and what is different about it: `n1 threads=8 user=me`. They come after `hosts` */
  readonly hostFile?: string
  /** where the scheduler runs; then all of the hosts have workers */
  readonly schedulerHost?: string | SSHHost
  /** what holds for every host that does not say otherwise */
  readonly defaults?: SSHHostOptions
  readonly scheduler?: SSHScheduler
  /** the command; 'ssh' unless told */
  readonly ssh?: string
  /** how long a host may take to be reached, and its process to be ready; '60 s' unless told */
  readonly startTimeout?: string | number
  /**
   * how long remote processes that hear nothing of this program, although their connection seems to be there, go on; they end
   * at once when it breaks. '10 min' unless told
   */
  readonly silence?: string | number
  /** a folder here for what the remote processes write, a file for each */
  readonly logDirectory?: string
  /** called with every line that they write */
  readonly onLog?: (from: string, line: string) => void
  /** called when a host's workers have ended although nobody wanted it, instead of a warning of the process */
  readonly onWorkerLost?: (error: SSHError, name: string) => void
}

import type { OptionSpec } from './command.js'

type Options = Readonly<Record<string, OptionSpec>>

const text = (value: string, description: string): OptionSpec => ({ type: 'string', value, description })
const flag = (description: string): OptionSpec => ({ type: 'boolean', description })

const network: Options = {
  host: text('HOST', 'the address, or the name, to listen at'),
  interface: text('NAME', 'the network interface to listen at, such as eth0 or ib0, instead of a host'),
  protocol: text('tcp|tls|ws|wss', 'how to talk; tls and wss keep secret what is said'),
}

const service: Options = {
  preload: {
    ...text('MODULE', 'a file or package to load first; may be given several times'),
    multiple: true,
  },
  'stdin-control': flag(
    'take the secrets of the cluster, and orders, from stdin, and end with it: for programs that run this over ssh',
  ),
  'pid-file': text('FILE', 'where to write the number of this process'),
  quiet: flag('tell only what is wrong'),
  json: flag('tell what happens as JSON, an object a line'),
}

/** The options of `heddle scheduler`. */
export const schedulerOptions: Options = {
  ...network,
  host: text('HOST', 'the address, or the name, to listen at; 0.0.0.0, which is all of this machine, unless told'),
  port: text('PORT', 'the port to listen at, or a range to choose from, such as 8786-8800; 8786 unless told'),
  protocol: text('tcp|tls|ws|wss', 'how to talk: tls unless told, and tcp where only this machine listens'),
  'contact-address': text('ADDRESS', 'where others reach it, if not where it listens: tcp://gateway:8786'),
  'scheduler-file': text('FILE', "where to write address and credentials; a file in this user's state folder unless told"),
  'security-folder': text('FOLDER', 'a folder with a token and certificates, which are made if it has none'),
  'idle-timeout': text('TIME', 'end after so long without clients and tasks'),
  ...service,
}

/** The options of `heddle worker`. */
export const workerOptions: Options = {
  'scheduler-file': text('FILE', 'the file that the scheduler wrote, which may be yet to come, instead of an ADDRESS'),
  'security-folder': text('FOLDER', 'the folder with the token and the certificates of the scheduler'),
  nworkers: text('N', 'how many workers; auto is one for every 8 cores or 8 GiB, whichever gives more'),
  nthreads: text('N', 'threads that run tasks, of each worker; auto divides the cores'),
  'memory-limit': text('SIZE', "the memory of each worker: '4 GiB', a share such as 0.5, auto, or none"),
  resources: text('NAME=N,…', 'what each worker has of named resources: gpu=2,mem=1e9'),
  name: text('NAME', 'what the worker is called; several are NAME-0, NAME-1, …'),
  'local-directory': text('FOLDER', 'the folder for values that do not fit into memory'),
  ...network,
  port: text('PORT', 'the port to listen at; a range for several workers: 9000-9015'),
  'listen-address': text('ADDRESS', 'host, port and protocol in one: tcp://0.0.0.0:9000'),
  'contact-address': text('ADDRESS', 'where others reach the worker, if not where it listens'),
  lifetime: text('TIME', 'how long to work before leaving in order'),
  'lifetime-stagger': text('TIME', 'by how much a lifetime is shorter or longer, by chance'),
  'lifetime-restart': flag('start again after the lifetime'),
  'death-timeout': text('TIME', 'how long to look for the scheduler before giving up; 60 s unless told'),
  'preload-nanny': {
    ...text('MODULE', 'a file or package to load first where the nannies are; may be given several times'),
    multiple: true,
  },
  'no-nanny': flag('run the worker in this very process; nobody starts it again'),
  ...service,
}

/** The options of `heddle mpi`: those of both, as far as all ranks can have the same. */
export const mpiOptions: Options = {
  'scheduler-file': text(
    'FILE',
    'how ranks find the scheduler, in a folder that all machines see; {job_id} in it becomes what tells this run from others',
  ),
  'scheduler-port': text('PORT', 'the port of the scheduler, or a range to choose from; any unless told'),
  'scheduler-rank': text('RANK', 'the rank that schedules; 0 unless told'),
  'no-scheduler': flag('there is a scheduler already: all ranks are workers of it'),
  'inclusive-workers': flag("the scheduler's rank has a worker too"),
  ...Object.fromEntries(
    ['interface', 'protocol', 'security-folder', 'nthreads', 'memory-limit', 'resources', 'local-directory', 'lifetime']
      .concat(['lifetime-stagger', 'lifetime-restart', 'death-timeout', 'preload-nanny', 'no-nanny', 'preload', 'quiet', 'json'])
      .map((name) => [name, workerOptions[name]!]),
  ),
  name: text('NAME', 'workers are called NAME-RANK; heddle-mpi-RANK unless told'),
  'worker-port': text('PORTS', 'the port that workers listen at, or a range to choose from; any unless told'),
  'idle-timeout': schedulerOptions['idle-timeout']!,
}

/** The options of `heddle ssh`. */
export const sshOptions: Options = {
  hostfile: text('FILE', 'a file with a host a line, and what is different about it: n1 threads=8 user=me'),
  scheduler: text('HOST', 'where the scheduler runs; the first of the hosts unless told, which has no workers then'),
  'scheduler-port': text('PORT', 'the port of the scheduler, or a range to choose from; any unless told'),
  'scheduler-file': text('FILE', "where to write address and credentials here; a file in this user's state folder unless told"),
  nworkers: text('N', 'worker processes of each host; one unless told'),
  nthreads: text('N', 'threads that run tasks, of each worker; the cores of a host divided among its workers unless told'),
  'memory-limit': workerOptions['memory-limit']!,
  resources: workerOptions.resources!,
  'local-directory': text('FOLDER', 'the folder there for values that do not fit into memory'),
  interface: text('NAME', 'the network interface that all listen at, such as ib0'),
  protocol: network.protocol!,
  'worker-port': text('PORTS', 'the port that workers listen at, or a range: 9000-9015'),
  'no-nanny': flag('workers are not started again when they die'),
  'ssh-username': text('NAME', 'the user on the hosts; as ssh has it configured unless told'),
  'ssh-port': text('PORT', 'the port of their sshd; as ssh has it configured unless told'),
  'ssh-private-key': text('FILE', 'the private key; as ssh has it configured unless told'),
  'ssh-argument': {
    ...text('WORD', 'a further argument of ssh, such as -Fconfig or -oProxyJump=gateway; may be given several times'),
    multiple: true,
  },
  ssh: text('COMMAND', 'the ssh to run; ssh unless told'),
  'remote-node': text('PATH', 'Node there; found there unless told'),
  'remote-heddle': text('FOLDER', 'the package heddle there; found there unless told'),
  'remote-directory': text('FOLDER', 'the working folder there; the home unless told'),
  prologue: {
    ...text('COMMAND', "a command for sh that is run there first, such as 'module load nodejs'; may be given several times"),
    multiple: true,
  },
  'start-timeout': text('TIME', 'how long a host may take; 60 s unless told'),
  'log-directory': text('FOLDER', 'a folder here for what the remote processes write, a file for each'),
  quiet: service.quiet!,
  json: service.json!,
}

import { tmpdir } from 'node:os'
import { boolean, bytes, count, duration, durationOrOff, folder, mapping, oneOf, orAuto, shareOrOff, texts } from './kinds.js'
import { type Kind, type PatchOf, type PathOf, type Schema, type ValueAt, type ValuesOf, setting } from './setting.js'

/** Any text but none. */
const text: Kind<string> = {
  accepts: 'a text',
  unit: '',
  parse: (given) => (typeof given === 'string' && given !== '' ? given : undefined),
  show: (given) => given,
}

/**
 * Every setting that there is. To add one, or a whole group, add it here and nowhere else: the types of `config`, the
 * checks, the names of environment variables, `heddle config` and the documentation come from this tree. A line says the
 * kind, the default as one would write it, and what the setting does; its comment repeats the last, because editors show
 * comments and programs cannot read them (a test keeps the two equal). A group that outgrows this file moves to one of its
 * own next to it, which exports the object that stands here.
 */
export const schema = {
  /** Where computations run: threads of this process, this very thread, or child processes. */
  executor: setting(
    oneOf('threads', 'inline', 'processes'),
    'threads',
    'Where computations run: threads of this process, this very thread, or child processes.',
  ),
  /** How many threads compute; 'auto' is one for each core that this process may use. */
  threads: setting(
    orAuto(count('threads', 1)),
    'auto',
    "How many threads compute; 'auto' is one for each core that this process may use.",
  ),
  /** How many child processes compute; 'auto' is one for each core that this process may use. */
  processes: setting(
    orAuto(count('processes', 1)),
    'auto',
    "How many child processes compute; 'auto' is one for each core that this process may use.",
  ),
  /** The folder for intermediate files; the default is the one of the operating system. */
  temporaryDirectory: setting(
    folder,
    tmpdir(),
    'The folder for intermediate files; the default is the one of the operating system.',
  ),
  /** What is shown in the terminal while a computation runs. */
  progress: {
    /** Whether to draw a progress bar; 'auto' draws it when the terminal is a person's. */
    show: setting(orAuto(boolean), 'auto', "Whether to draw a progress bar; 'auto' draws it when the terminal is a person's."),
    /** How long a computation must have run before its progress bar appears, in milliseconds. */
    delay: setting(duration, '500 ms', 'How long a computation must have run before its progress bar appears, in milliseconds.'),
  },
  /** The scheduler, which decides what runs where and when. */
  scheduler: {
    /** How many deaths of a worker a task survives before it is taken to be their cause and fails. */
    allowedFailures: setting(
      count('deaths', 0),
      3,
      'How many deaths of a worker a task survives before it is taken to be their cause and fails.',
    ),
    /** Whether to check every invariant after every event: slow, for hunting defects of Heddle itself. */
    validate: setting(
      boolean,
      false,
      'Whether to check every invariant after every event: slow, for hunting defects of Heddle itself.',
    ),
    /** How many past transitions of tasks are kept to tell their stories. */
    historyLength: setting(
      count('transitions', 0),
      100_000,
      'How many past transitions of tasks are kept to tell their stories.',
    ),
    /** How much work, measured in its expected duration in milliseconds, a worker holds beyond what it runs. A pool of this process holds 100 ms at least. */
    aheadTime: setting(
      duration,
      '5 ms',
      'How much work, measured in its expected duration in milliseconds, a worker holds beyond what it runs. A pool of this process holds 100 ms at least.',
    ),
    /** How many tasks a worker holds at most beyond those it runs. */
    maximumAhead: setting(count('tasks', 1), 512, 'How many tasks a worker holds at most beyond those it runs.'),
    /** How long nothing may be heard of a worker before it is taken to be lost. */
    workerTimeout: setting(duration, '5 min', 'How long nothing may be heard of a worker before it is taken to be lost.'),
    /** Modules that a scheduler loads first, files or packages: they may export what a plugin has. */
    preload: setting(texts, [], 'Modules that a scheduler loads first, files or packages: they may export what a plugin has.'),
    /** How long a scheduler without clients and graphs goes on before it ends; 0 is for ever. */
    idleTimeout: setting(
      duration,
      '0 s',
      'How long a scheduler without clients and graphs goes on before it ends; 0 is for ever.',
    ),
  },
  /** The workers of a cluster. */
  worker: {
    /** How often a worker tells the scheduler that it lives, and how it does. */
    heartbeat: setting(duration, '1 s', 'How often a worker tells the scheduler that it lives, and how it does.'),
    /** Modules that a worker loads first, in each of its threads: they may export what a plugin has. */
    preload: setting(texts, [], 'Modules that a worker loads first, in each of its threads: they may export what a plugin has.'),
    /** How long a worker tries to reach its scheduler before it gives up. */
    deathTimeout: setting(duration, '60 s', 'How long a worker tries to reach its scheduler before it gives up.'),
    /** How many past runs of tasks a worker remembers, to tell their stories. */
    historyLength: setting(count('runs', 0), 50_000, 'How many past runs of tasks a worker remembers, to tell their stories.'),
    /** How often workers note all the time what their threads do, for profiles of the past; 'off' does so on request only. */
    profile: setting(
      durationOrOff,
      'off',
      "How often workers note all the time what their threads do, for profiles of the past; 'off' does so on request only.",
    ),
  },
  /** The clients of a cluster. */
  client: {
    /** How long a client that lost its connection tries to connect again, and the scheduler keeps what it wants. */
    timeout: setting(
      duration,
      '30 s',
      'How long a client that lost its connection tries to connect again, and the scheduler keeps what it wants.',
    ),
    /** How long a client waits for results while there is no worker before it gives up; 0 is for ever. */
    workersTimeout: setting(
      duration,
      '0 s',
      'How long a client waits for results while there is no worker before it gives up; 0 is for ever.',
    ),
  },
  /** Locks, semaphores and the like. */
  coordination: {
    /** How long whoever holds a lock may be without a connection before what it holds is given to the next. */
    lease: setting(
      duration,
      '10 s',
      'How long whoever holds a lock may be without a connection before what it holds is given to the next.',
    ),
  },
  /** The executor that runs everything in the calling thread. */
  inline: {
    /** Whether the inputs of tasks are deep-frozen, so that a task that changes them fails where it does. */
    freeze: setting(
      boolean,
      true,
      'Whether the inputs of tasks are deep-frozen, so that a task that changes them fails where it does.',
    ),
  },
  /** The threads of this process. */
  threadPool: {
    /** How many asynchronous tasks may wait at the same time in one thread. */
    concurrentWaits: setting(count('tasks', 1), 256, 'How many asynchronous tasks may wait at the same time in one thread.'),
    /** The most heap that one thread may use, in bytes; 'auto' is what Node gives it. */
    memoryLimit: setting(
      orAuto(bytes(2 ** 20)),
      'auto',
      "The most heap that one thread may use, in bytes; 'auto' is what Node gives it.",
    ),
  },
  /** The memory of a worker process, or of a program and its threads: what happens as it fills. Shares are of its limit. */
  memory: {
    /** How much the program's own process may take when its threads compute; 'auto' is what there is. Workers have limits of their own. */
    limit: setting(
      orAuto(bytes(2 ** 20)),
      'auto',
      "How much the program's own process may take when its threads compute; 'auto' is what there is. Workers have limits of their own.",
    ),
    /** The share of memory that values may take before the oldest move to disk; 'off' never moves them for that. */
    target: setting(
      shareOrOff,
      0.6,
      "The share of memory that values may take before the oldest move to disk; 'off' never moves them for that.",
    ),
    /** The share of memory that the whole process may take before values move to disk; 'off' never moves them for that. */
    spill: setting(
      shareOrOff,
      0.7,
      "The share of memory that the whole process may take before values move to disk; 'off' never moves them for that.",
    ),
    /** The share of memory from which no further task starts until some is free again; 'off' never pauses. */
    pause: setting(
      shareOrOff,
      0.8,
      "The share of memory from which no further task starts until some is free again; 'off' never pauses.",
    ),
    /** The share of memory from which the nanny kills and restarts the worker; 'off' never kills it. */
    terminate: setting(
      shareOrOff,
      0.95,
      "The share of memory from which the nanny kills and restarts the worker; 'off' never kills it.",
    ),
    /** The folder on a local disk below which values that left memory are kept; 'auto' is temporaryDirectory. */
    localDirectory: setting(
      orAuto(folder),
      'auto',
      "The folder on a local disk below which values that left memory are kept; 'auto' is temporaryDirectory.",
    ),
    /** Whether large values lie in pages of 2 MiB where Linux gives these to those who ask, which needs the package koffi. */
    hugePages: setting(
      boolean,
      true,
      'Whether large values lie in pages of 2 MiB where Linux gives these to those who ask, which needs the package koffi.',
    ),
    /** How values on disk are compressed. */
    compression: setting(oneOf('none'), 'none', 'How values on disk are compressed.'),
  },
  /** The nanny of a worker, which starts it, watches it, and starts it again when it dies. */
  nanny: {
    /** How often the memory of the worker is measured, in milliseconds. */
    checkInterval: setting(duration, '200 ms', 'How often the memory of the worker is measured, in milliseconds.'),
    /** Modules that are loaded first where nannies are: they may export what a plugin has. */
    preload: setting(texts, [], 'Modules that are loaded first where nannies are: they may export what a plugin has.'),
    /** How long the worker may take to become ready, in milliseconds. */
    startTimeout: setting(duration, '60 s', 'How long the worker may take to become ready, in milliseconds.'),
    /** How long the worker may take to finish what it does when it is to stop, before it is killed, in milliseconds. */
    gracePeriod: setting(
      duration,
      '30 s',
      'How long the worker may take to finish what it does when it is to stop, before it is killed, in milliseconds.',
    ),
    /** How long to wait before the worker starts again, in milliseconds; twice as long after each further death. */
    restartDelay: setting(
      duration,
      '100 ms',
      'How long to wait before the worker starts again, in milliseconds; twice as long after each further death.',
    ),
    /** The longest wait before the worker starts again, in milliseconds. */
    maximumRestartDelay: setting(duration, '10 s', 'The longest wait before the worker starts again, in milliseconds.'),
  },
  /** How functions and values travel to where they are needed. */
  transfer: {
    /** The size in bytes from which a value captured by a task's function draws a warning. */
    warnSize: setting(bytes(0), '10 MB', "The size in bytes from which a value captured by a task's function draws a warning."),
    /** The most that a directory which is uploaded may have, in bytes. */
    uploadLimit: setting(bytes(0), '256 MiB', 'The most that a directory which is uploaded may have, in bytes.'),
  },
  /** Shuffles: data that goes from all partitions to all partitions. */
  shuffle: {
    /** The share of memory that data of shuffles may take on its way before it moves to disk; 'off' never moves it. */
    memory: setting(
      shareOrOff,
      0.15,
      "The share of memory that data of shuffles may take on its way before it moves to disk; 'off' never moves it.",
    ),
    /** How many bytes may be on their way from one worker to one other, not yet taken there. */
    peerBytes: setting(
      bytes(1),
      '16 MiB',
      'How many bytes may be on their way from one worker to one other, not yet taken there.',
    ),
    /** How many bytes may be on their way from one worker to all others, not yet taken there. */
    sendBytes: setting(
      bytes(1),
      '64 MiB',
      'How many bytes may be on their way from one worker to all others, not yet taken there.',
    ),
  },
  /** Bags. */
  bag: {
    /** How much of a large file becomes one partition, in bytes. */
    blockSize: setting(bytes(1), '32 MiB', 'How much of a large file becomes one partition, in bytes.'),
    /** How many items of a sequence become one partition; 'auto' suits the length and the number of cores. */
    partitionSize: setting(
      orAuto(count('items', 1)),
      'auto',
      "How many items of a sequence become one partition; 'auto' suits the length and the number of cores.",
    ),
    /** How many partitions one step of a tree reduction combines. */
    splitEvery: setting(count('partitions', 2), 8, 'How many partitions one step of a tree reduction combines.'),
  },
  /** Chunked arrays. */
  array: {
    /** How large the chunks of an array become that is cut automatically, in bytes. */
    chunkSize: setting(bytes(1), '32 MiB', 'How large the chunks of an array become that is cut automatically, in bytes.'),
    /** Where Highway is, which sorts: 'auto' by the usual names, 'off' nowhere, or the path of the library hwy_contrib. */
    highway: setting(
      text,
      'auto',
      "Where Highway is, which sorts: 'auto' by the usual names, 'off' nowhere, or the path of the library hwy_contrib.",
    ),
    /** Where OpenBLAS is, which multiplies matrices: 'auto' by the usual names, 'off' nowhere, or the path of the library. */
    openblas: setting(
      text,
      'auto',
      "Where OpenBLAS is, which multiplies matrices: 'auto' by the usual names, 'off' nowhere, or the path of the library.",
    ),
    /** How many bytes of chunks one task of a rechunk may need together before chunks are taken apart on the way. */
    rechunkLimit: setting(
      bytes(1),
      '128 MiB',
      'How many bytes of chunks one task of a rechunk may need together before chunks are taken apart on the way.',
    ),
    /** How rechunks take chunks apart: by 'tasks' in steps, by a 'shuffle' beside the tasks, or 'auto': where several processes need it. */
    rechunkMethod: setting(
      oneOf('auto', 'tasks', 'shuffle'),
      'auto',
      "How rechunks take chunks apart: by 'tasks' in steps, by a 'shuffle' beside the tasks, or 'auto': where several processes need it.",
    ),
    /** How many times as many pieces as chunks a rechunk may have in one step. */
    rechunkThreshold: setting(count('times', 1), 4, 'How many times as many pieces as chunks a rechunk may have in one step.'),
    /** How many neighbouring chunks one step of a tree reduction combines. */
    splitEvery: setting(count('chunks', 2), 16, 'How many neighbouring chunks one step of a tree reduction combines.'),
  },
  /** Connections between processes. */
  comm: {
    /** How long nothing may come in while an answer is awaited before a connection is taken to be broken. */
    silenceTimeout: setting(
      duration,
      '30 s',
      'How long nothing may come in while an answer is awaited before a connection is taken to be broken.',
    ),
    /** How long an attempt to connect may take, in milliseconds, proofs included. */
    connectTimeout: setting(duration, '30 s', 'How long an attempt to connect may take, in milliseconds, proofs included.'),
    /** How long whoever connects to this process may take to prove itself, in milliseconds. */
    handshakeTimeout: setting(
      duration,
      '10 s',
      'How long whoever connects to this process may take to prove itself, in milliseconds.',
    ),
    /** How long a connection that is being closed waits for the other end, in milliseconds, counted from the last progress. */
    closeTimeout: setting(
      duration,
      '5 s',
      'How long a connection that is being closed waits for the other end, in milliseconds, counted from the last progress.',
    ),
    /** The largest message that is taken in, in bytes. */
    maximumFrame: setting(bytes(2 ** 16), '2 GiB', 'The largest message that is taken in, in bytes.'),
    /** How many bytes may wait to be sent before senders are asked to wait too. */
    lowWaterMark: setting(bytes(1), '1 MiB', 'How many bytes may wait to be sent before senders are asked to wait too.'),
    /** How many connections that have not proved themselves yet a listener holds; more are turned away. */
    maximumUnproved: setting(
      count('connections', 1),
      4096,
      'How many connections that have not proved themselves yet a listener holds; more are turned away.',
    ),
    /** How many connections prove themselves at the same time; the others wait, so that established ones are served meanwhile. */
    concurrentHandshakes: setting(
      count('handshakes', 1),
      4,
      'How many connections prove themselves at the same time; the others wait, so that established ones are served meanwhile.',
    ),
  },
  /** Files, on this machine and on servers. */
  filesystem: {
    /** How often a server is asked again that does not answer, or is overloaded. */
    retries: setting(count('tries', 0), 6, 'How often a server is asked again that does not answer, or is overloaded.'),
    /** How long a server may send nothing before it is asked again, in milliseconds. */
    timeout: setting(duration, '60 s', 'How long a server may send nothing before it is asked again, in milliseconds.'),
    /** Amazon S3 and services that speak its protocol. */
    s3: {
      /** The address of a service other than that of AWS; 'auto' is what AWS_ENDPOINT_URL says. */
      endpoint: setting(
        orAuto(text),
        'auto',
        "The address of a service other than that of AWS; 'auto' is what AWS_ENDPOINT_URL says.",
      ),
      /** The region of the buckets; 'auto' is what AWS_REGION or the profile says. */
      region: setting(orAuto(text), 'auto', "The region of the buckets; 'auto' is what AWS_REGION or the profile says."),
      /** The profile of ~/.aws that is used rather than the environment; 'auto' is what AWS_PROFILE says. */
      profile: setting(
        orAuto(text),
        'auto',
        "The profile of ~/.aws that is used rather than the environment; 'auto' is what AWS_PROFILE says.",
      ),
      /** Whether requests go without credentials, as public buckets allow. */
      anonymous: setting(boolean, false, 'Whether requests go without credentials, as public buckets allow.'),
      /** The size in bytes from which an object is written in parts, which is also that of a part. */
      partSize: setting(
        bytes(5 * 2 ** 20),
        '8 MiB',
        'The size in bytes from which an object is written in parts, which is also that of a part.',
      ),
    },
  },
  /** Clusters that grow and shrink with what there is to do. */
  adaptive: {
    /** How often an adaptive cluster looks at what there is to do, in milliseconds. */
    interval: setting(duration, '1 s', 'How often an adaptive cluster looks at what there is to do, in milliseconds.'),
    /** How often in a row fewer workers must have been enough before some leave. */
    waitCount: setting(count('looks', 1), 3, 'How often in a row fewer workers must have been enough before some leave.'),
    /** In how many milliseconds all that there is to do is to be done: fewer make more workers. */
    targetDuration: setting(
      duration,
      '5 s',
      'In how many milliseconds all that there is to do is to be done: fewer make more workers.',
    ),
  },
  /** The page in a browser that shows what goes on. */
  dashboard: {
    /** Whether schedulers serve the page. It costs nothing while nobody looks. */
    enabled: setting(boolean, true, 'Whether schedulers serve the page. It costs nothing while nobody looks.'),
    /** The interface that it is served at; others than the machine's own want certificates, which are made where there are none. */
    host: setting(
      text,
      '127.0.0.1',
      "The interface that it is served at; others than the machine's own want certificates, which are made where there are none.",
    ),
    /** The port that it is served at, 0 for any; 'auto' is 8787, or any that is free. */
    port: setting(
      orAuto(count('port', 0)),
      'auto',
      "The port that it is served at, 0 for any; 'auto' is 8787, or any that is free.",
    ),
    /** Names beside its own by which browsers reach the machine: that of a proxy, say. */
    names: setting(texts, [], 'Names beside its own by which browsers reach the machine: that of a proxy, say.'),
  },
  /** Clusters whose workers are jobs of a queue: options as their `start` takes them, which what a program says is over. */
  jobqueue: {
    /** The options of every SlurmCluster. */
    slurm: setting(mapping, {}, 'The options of every SlurmCluster.'),
    /** The options of every SGECluster. */
    sge: setting(mapping, {}, 'The options of every SGECluster.'),
    /** The options of every PBSCluster. */
    pbs: setting(mapping, {}, 'The options of every PBSCluster.'),
    /** The options of every OARCluster. */
    oar: setting(mapping, {}, 'The options of every OARCluster.'),
    /** The options of every LSFCluster. */
    lsf: setting(mapping, {}, 'The options of every LSFCluster.'),
    /** The options of every MoabCluster. */
    moab: setting(mapping, {}, 'The options of every MoabCluster.'),
    /** The options of every HTCondorCluster. */
    htcondor: setting(mapping, {}, 'The options of every HTCondorCluster.'),
    /** The options of every LocalJobCluster. */
    local: setting(mapping, {}, 'The options of every LocalJobCluster.'),
    /** Further options by a name of one's own, which programs choose with the option `configuration`. */
    named: setting(mapping, {}, "Further options by a name of one's own, which programs choose with the option `configuration`."),
  },
  /** How dataframes are cut into partitions where they are computed by several processes. */
  dataframe: {
    /** How many rows a partition should have. */
    partitionRows: setting(count('rows', 1), 5_000_000, 'How many rows a partition should have.'),
    /** How many bytes of files a partition should be made of at most. */
    partitionBytes: setting(bytes(1), 128 * 2 ** 20, 'How many bytes of files a partition should be made of at most.'),
    /** Tables of up to so many rows are sent to all, or put together in one partition, instead of being dealt out by key. */
    gatherRows: setting(
      count('rows', 0),
      500_000,
      'Tables of up to so many rows are sent to all, or put together in one partition, instead of being dealt out by key.',
    ),
    /** How many partitions one step of a tree combines, where what partitions made of their own rows meets. */
    splitEvery: setting(
      count('partitions', 2),
      8,
      'How many partitions one step of a tree combines, where what partitions made of their own rows meets.',
    ),
  },
  /** The database inside each process that computes dataframes. */
  duckdb: {
    /** How much memory it may take before it uses the disk; 'auto' is 60 % of what the process may use. */
    memoryLimit: setting(
      orAuto(bytes(2 ** 24)),
      'auto',
      "How much memory it may take before it uses the disk; 'auto' is 60 % of what the process may use.",
    ),
    /** How many threads it computes with; 'auto' is one for each core that this process may use. */
    threads: setting(
      orAuto(count('threads', 1)),
      'auto',
      "How many threads it computes with; 'auto' is one for each core that this process may use.",
    ),
  },
  /** What schedulers and workers that are started from the command line tell while they run. */
  log: {
    /** How it is told: to people as text, to programs as one JSON object a line. */
    format: setting(oneOf('text', 'json'), 'text', 'How it is told: to people as text, to programs as one JSON object a line.'),
    /** The least important that is told. */
    level: setting(oneOf('debug', 'info', 'warning', 'error'), 'info', 'The least important that is told.'),
  },
  /** Metrics for Prometheus and the like. A scheduler's are at /metrics of its dashboard too. */
  metrics: {
    /** Whether schedulers and workers serve metrics at ports of their own, to those who have the key of the dashboard. */
    enabled: setting(
      boolean,
      false,
      'Whether schedulers and workers serve metrics at ports of their own, to those who have the key of the dashboard.',
    ),
    /** The interface that metrics are served at. What is asked and answered is not encrypted. */
    host: setting(text, '127.0.0.1', 'The interface that metrics are served at. What is asked and answered is not encrypted.'),
    /** The port that metrics are served at; 0 is any that is free, which several workers of a machine need. */
    port: setting(
      count('port', 0),
      0,
      'The port that metrics are served at; 0 is any that is free, which several workers of a machine need.',
    ),
  },
  /** The history of runs, which schedulers write: one file for each program that was connected. */
  history: {
    /** Whether what ran is written down; 'auto' is what schedulers ran, where DuckDB is installed, true what programs ran without one too. */
    record: setting(
      orAuto(boolean),
      'auto',
      "Whether what ran is written down; 'auto' is what schedulers ran, where DuckDB is installed, true what programs ran without one too.",
    ),
    /** The folder of the history; 'auto' is heddle/history in the folder for data of programs in the home folder. */
    folder: setting(
      orAuto(folder),
      'auto',
      "The folder of the history; 'auto' is heddle/history in the folder for data of programs in the home folder.",
    ),
    /** What the costs of a program's runs are charged to; 'none' is nothing. */
    project: setting(text, 'none', "What the costs of a program's runs are charged to; 'none' is nothing."),
    /** Whether each task is written down too, or only their groups. */
    tasks: setting(boolean, true, 'Whether each task is written down too, or only their groups.'),
    /** For how long runs are kept; 0 is for ever. */
    keepFor: setting(duration, '0 s', 'For how long runs are kept; 0 is for ever.'),
    /** How much disk the runs may take before the oldest go, in bytes; 0 is any. */
    maximumBytes: setting(bytes(0), '10 GB', 'How much disk the runs may take before the oldest go, in bytes; 0 is any.'),
  },
  /** What is done to a graph before it runs. */
  optimization: {
    /** Whether chains of tasks become one task. */
    fuse: setting(boolean, true, 'Whether chains of tasks become one task.'),
  },
} as const satisfies Schema

/** Every setting as `config.all()` gives it: durations in milliseconds, sizes in bytes, never changing. */
export interface Settings extends ValuesOf<typeof schema> {}

/** Any part of the settings, as `config.set` and `config.with` take it: sizes and durations may be text ('24 GB', '5 ms'). */
export interface SettingsPatch extends PatchOf<typeof schema> {}

/** The dotted name of a setting or of a group of them, such as 'scheduler.allowedFailures' or 'scheduler'. */
export type SettingPath = PathOf<typeof schema>

/** What `config.get` gives for a name. */
export type SettingValue<P extends SettingPath> = ValueAt<Settings, P>

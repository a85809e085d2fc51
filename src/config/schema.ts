import { tmpdir } from 'node:os'
import { boolean, bytes, count, duration, folder, oneOf, orAuto } from './kinds.js'
import { type PatchOf, type PathOf, type Schema, type ValueAt, type ValuesOf, setting } from './setting.js'

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
    /** How much work, measured in its expected duration in milliseconds, a worker holds beyond what it runs. */
    aheadTime: setting(
      duration,
      '5 ms',
      'How much work, measured in its expected duration in milliseconds, a worker holds beyond what it runs.',
    ),
    /** How many tasks a worker holds at most beyond those it runs. */
    maximumAhead: setting(count('tasks', 1), 512, 'How many tasks a worker holds at most beyond those it runs.'),
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
  /** How functions and values travel to where they are needed. */
  transfer: {
    /** The size in bytes from which a value captured by a task's function draws a warning. */
    warnSize: setting(bytes(0), '10 MB', "The size in bytes from which a value captured by a task's function draws a warning."),
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

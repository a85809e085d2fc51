import type { OptionSpec } from './command.js'

const text = (value: string, description: string): OptionSpec => ({ type: 'string', value, description })

/** The options of `heddle history`. */
export const historyOptions: Readonly<Record<string, OptionSpec>> = {
  folder: text('FOLDER', 'the folder of the history; what the setting history.folder says unless told'),
  user: text('NAME', 'only runs of this user'),
  project: text('NAME', 'only runs of this project'),
  client: text('NAME', 'only runs of clients of this name'),
  program: text('TEXT', 'only runs of programs whose path has this in it'),
  status: text('WORD', 'only runs that are finished, or interrupted: their scheduler died'),
  job: text('ID', 'only runs that a job of a queue had part in'),
  since: text('DATE', 'only runs that began then or later'),
  until: text('DATE', 'only runs that began before'),
  failed: { type: 'boolean', description: 'only runs of which tasks failed' },
  limit: text('N', 'how many runs are listed; 20 unless told'),
  by: text(
    'NAMES',
    'what cost sums by: user, project, program, client, host, status, version, month, day; user,project unless told',
  ),
  json: { type: 'boolean', description: 'print JSON' },
}

/** The options of `heddle top`. */
export const topOptions: Readonly<Record<string, OptionSpec>> = {
  'scheduler-file': text('FILE', 'the file that the scheduler wrote, instead of an ADDRESS'),
  'security-folder': text('FOLDER', 'the folder with the token and the certificates of the scheduler'),
  interval: text('TIME', 'how often it looks; 1 s unless told'),
  sort: text('COLUMN', 'what workers are sorted by: name, cpu, memory, held, spilled, running, ready'),
  once: { type: 'boolean', description: 'print once, and end' },
  json: { type: 'boolean', description: 'print once as JSON, and end' },
}

/** The options of `heddle replay`. */
export const replayOptions: Readonly<Record<string, OptionSpec>> = {
  speed: text('N', 'how many times as fast as it happened; at once unless told'),
  port: text('PORT', 'the port to serve at; what the setting dashboard.port says unless told'),
  host: text('HOST', 'the interface to serve at; what the setting dashboard.host says unless told'),
  once: { type: 'boolean', description: 'print what everything cost, and end' },
}

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

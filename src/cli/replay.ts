import { formatDuration } from '../base/index.js'
import { readDump } from '../client/index.js'
import { serveDump } from '../dashboard/index.js'
import { spanTable } from '../diagnostics/index.js'
import type { CommandInput } from './command.js'
import { UsageError } from './errors.js'
import { OptionValues } from './option-values.js'
import { onSignals } from './shutdown.js'

/** `heddle replay DUMP` */
export async function run({ options, positionals: [path], terminal }: CommandInput): Promise<number> {
  const values = new OptionValues('replay', options)
  if (path === undefined)
    throw new UsageError('replay: the file of a dump is needed: client.dump(path) writes one; see heddle replay --help')
  const port = values.count('port', 0)
  const host = values.text('host')
  const speed = speedOf(values)
  const dump = await readDump(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
    throw new UsageError(`replay: there is no file ${path}`, { cause: error })
  })
  const replay = await serveDump(dump, {
    speed,
    ...(port === undefined ? {} : { port }),
    ...(host === undefined ? {} : { host }),
  })
  try {
    const [first, last] = [dump.events[0]?.time ?? 0, dump.events.at(-1)?.time ?? 0]
    const lines = [
      `${path}: ${dump.workers.length} workers, ${dump.events.length} events in ${formatDuration((last - first) * 1000)}, written by Heddle ${dump.header.heddle}`,
      spanTable(replay.accounts),
      `the dashboard: ${replay.link}`,
    ]
    for (const line of lines) terminal.print(line)
    if (values.flag('once')) return 0
    await new Promise<void>((resolve) => {
      const ignore = onSignals({
        first: () => {
          ignore()
          resolve()
        },
        second: () => undefined,
      })
    })
    return 0
  } finally {
    await replay.close()
  }
}

function speedOf(values: OptionValues): number {
  const text = values.text('speed')
  if (text === undefined) return Infinity
  const speed = Number(text.replace(/[x×]$/, ''))
  if (speed > 0) return speed
  throw values.wrong('speed', `${JSON.stringify(text)} is no speed, such as 1 or 10x`)
}

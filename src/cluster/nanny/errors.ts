import { HeddleError } from '../../base/index.js'

/** A worker process did not start. The message says why, and ends with the last that the process wrote. */
export class WorkerStartError extends HeddleError {
  static {
    WorkerStartError.prototype.name = 'WorkerStartError'
  }
  /** the end of what the process wrote */
  readonly logTail: string

  constructor(name: string, reason: string, logTail: string) {
    const said = logTail.trim()
    super(
      `${name} did not start: it ${reason}${said === '' ? ', and wrote nothing' : `. The last that it wrote:\n${indent(said)}`}`,
    )
    this.logTail = logTail
  }
}

/** A nanny, or a worker process, is used in a way that it is not made for. */
export class NannyError extends HeddleError {
  static {
    NannyError.prototype.name = 'NannyError'
  }
}

/** Lines that an error message shows of a log. */
const SHOWN = 30

function indent(text: string): string {
  return text
    .split('\n')
    .slice(-SHOWN)
    .map((line) => `    ${line}`)
    .join('\n')
}

import { homedir } from 'node:os'
import { join } from 'node:path'
import { config } from '../config/index.js'

/** The folder of the history, as the setting `history.folder` says. */
export function historyFolder(): string {
  const folder = config.get('history.folder')
  if (folder !== 'auto') return folder
  const { XDG_DATA_HOME: data, LOCALAPPDATA: local } = process.env
  const base = data || (process.platform === 'win32' && local ? local : join(homedir(), '.local', 'share'))
  return join(base, 'heddle', 'history')
}

import { config } from './config.js'
import type { Settings } from './schema.js'

/** The settings of this process as others may see them: addresses lose the names and passwords that may be in them. */
export function publicSettings(): Settings {
  return JSON.parse(JSON.stringify(config.all()).replace(/\/\/[^/"@\s]*@/g, '//…@')) as Settings
}

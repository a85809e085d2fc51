import { config } from './config.js'
import { availableMemory } from './memory-limit.js'

/** The bytes that the program's own process may take: what the setting `memory.limit` says. */
export function processLimit(): number {
  const limit = config.get('memory.limit')
  return limit === 'auto' ? availableMemory() : Math.min(limit, availableMemory())
}

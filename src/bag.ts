import { installProgress } from './diagnostics/index.js'

export * from './bag/index.js'

installProgress()

import { installProgress } from './diagnostics/index.js'

export * from './array/index.js'

installProgress()

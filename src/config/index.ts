export { type Config, type SettingReport, config } from './config.js'
export { availableCores } from './cores.js'
export { ConfigError, type Source } from './errors.js'
export type { SettingPath, SettingValue, Settings, SettingsPatch } from './schema.js'

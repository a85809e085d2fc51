export { type SchedulerFile, SchedulerFileError, readSchedulerFile, writeSchedulerFile } from '../protocol/index.js'

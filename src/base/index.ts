export { type OptionNames, checkOptions, noSuchOption } from './check-options.js'
export { type Clock, systemClock } from './clock.js'
export { type ReadFile, controlGroups, readIfThere } from './control-groups.js'
export { ActorLost, ArgumentError, HeddleError, InvariantError, NonError, asError, describe } from './errors.js'
export { type FailedStep, failedPart, failedStep, rememberFailedPart, rememberFailedStep } from './failed-step.js'
export { hashOf } from './hash.js'
export { wantHugePages } from './huge-pages.js'
export { IntList } from './int-list.js'
export { IntMap } from './int-map.js'
export { type Koffi, loadKoffi } from './koffi.js'
export { loaderFlags } from './loader-flags.js'
export { type Lazy, lazily } from './lazily.js'
export { loadNow } from './load-now.js'
export { Moved } from './moved.js'
export { makeFolder } from './make-folder.js'
export { removeFolderAtExit, removeFolderInUse } from './remove-folder.js'
export { nearest } from './nearest.js'
export { NumberList } from './number-list.js'
export { Random } from './random.js'
export { RankSet } from './rank-set.js'
export {
  type SharedWasmMemory,
  WASM_PAGE,
  type WasmModule,
  bufferOf,
  wasm,
} from './web-assembly.js'
export {
  type ThreadMemory,
  memoryOfThread,
  threadAddress,
  threadBytes,
  useThreadMemory,
} from './thread-memory.js'
export { formatBytes, formatCount, formatDuration, parseBytes, parseDuration } from './units.js'
export { type RunningTask, followTasks, runAsTask, runningTask } from './running-task.js'

export * from './jobqueue/index.js'
export {
  NoWorld,
  PBSRunner,
  Runner,
  RunnerError,
  type RunnerOptions,
  SlurmRunner,
  WorldTooSmall,
} from './runner/index.js'

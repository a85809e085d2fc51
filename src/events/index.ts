export {
  type GroupAccount,
  type PathAccount,
  type WorkerAccount,
  addAccount,
  groupAccount,
} from './account.js'
export {
  type Accounts,
  AccountingFold,
  type ClientAccount,
  type GroupName,
  groupKey,
  groupsOf,
  spanAccounts,
} from './accounting.js'
export { adviceOn } from './advice.js'
export { type CallFrame, type CallNode, CallTree, type FlatCallTree } from './call-tree.js'
export { type EventListener, EventLog } from './log.js'
export { type Estimate, type GroupProgress, ProgressFold, estimateLeft } from './progress.js'
export {
  type ClientDetail,
  type EventDetail,
  EventKind,
  type EventKindName,
  type GraphDetail,
  type HeddleEvent,
  type TaskErrorDetail,
  type LossDetail,
  type WorkerDetail,
  eventKindName,
} from './vocabulary.js'

// Pins what each subpath exports: a name that comes or goes does so on purpose, here and in CHANGELOG.md.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

const pinned: Record<string, string> = {
  heddle: `ActorLost Adaptive ArgumentError Cancelled Client ConfigError CycleError DataLost Delayed Event ExecutorClosed
    Expression Future Graph GraphBuilder HeddleError HeldValue KilledWorker LazyCollection LeaseExpired LocalCluster Lock
    MultiLock Nanny NannyPlugin NonError PackageMismatch PluginError Queue QueueEmpty QueueFull Reschedule Scheduler
    SchedulerLost SchedulerPlugin Security Semaphore SpecCluster TaskError TransferError UnknownTaskError Variable
    WaitTimeout Worker WorkerLost WorkerPlugin annotate asCompleted call chooseExecutor compute config delayed
    fireAndForget fromTransfer futuresOf getClient getTask getTaskMetadata getTaskStream getWorker graphFromTasks optimize
    persist profileResources profileTasks progress readDump rejoin renderProfile secede setTaskMetadata span task
    toTransfer uploaded value wait withCallbacks workerClient`,
  'heddle/bag': `Bag EmptyBagError FetchError Item PartitionerError ShuffleError ShuffleKeyError choices concat fromDelayed fromSequence fromUrl map mapPartitions range
    readAvro readCsv readJson readText sample toTextFiles zip`,
  'heddle/jobqueue': `CommandMissing EngineRefused HTCondorCluster JobFailed JobQueueCluster JobQueueError LSFCluster LocalJobCluster
    MoabCluster OARCluster PBSCluster SGECluster SlurmCluster runCommand`,
  'heddle/dataframe': `CategoricalAccessor ColumnError DataFrame DataFrameError DatabaseError DateTimeAccessor Expr GroupBy LambdaError
    MissingDriver MissingLibrary QueryError Resampler Rolling Scalar Series StringAccessor UnsafeInteger UntransferableType
    approxNunique approxQuantile col concat corr count cov every first fromArray fromArrow fromColumns fromDelayed fromMap
    fromRecords idxmax idxmin kurt last list max mean median min mode nunique product quantile readArrow readAvro readCsv
    readFwf readJson readParquet readSql readSqlQuery readSqlTable readTable readText sem skew some sql std sum timeseries
    toDatetime toNumeric toTimedelta variance`,
}

for (const [subpath, names] of Object.entries(pinned)) {
  test(`the exports of ${subpath}`, async () => {
    const module = (await import(subpath)) as object
    assert.deepEqual(Object.keys(module).sort(), names.split(/\s+/).sort())
  })
}

test('every subpath is pinned', () => {
  const root = new URL('../../', import.meta.url)
  const { exports, name } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as { exports: object; name: string }
  const subpaths = Object.keys(exports)
    .filter((key) => key !== './package.json')
    .map((key) => name + key.slice(1))
  assert.deepEqual(subpaths.sort(), Object.keys(pinned).sort())
})

// Pins what each subpath exports: a name that comes or goes does so on purpose, here and in CHANGELOG.md.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

const pinned: Record<string, string> = {
  heddle: `ActorLost Adaptive ArgumentError Cancelled Client ConfigError CycleError DataLost Delayed Event ExecutorClosed
    Expression Future Graph GraphBuilder HeddleError HeldValue KilledWorker LazyCollection LeaseExpired LocalCluster Lock
    MultiLock Nanny NannyPlugin NonError PackageMismatch PluginError Queue QueueEmpty QueueFull Reschedule SSHCluster
    SSHError Scheduler SchedulerLost SchedulerPlugin Security Semaphore SpecCluster TaskError TransferError
    UnknownTaskError Variable WaitTimeout Worker WorkerLost WorkerPlugin annotate asCompleted call chooseExecutor
    clusterSpans compute config delayed fireAndForget fromTransfer futuresOf getClient getTask getTaskMetadata
    getTaskStream getWorker graphFromTasks memorySampler openDashboard optimize performanceReport persist profileResources
    profileSpans profileTasks progress readDump rejoin renderProfile secede setTaskMetadata span task toTransfer traceRuns
    uploaded value wait withCallbacks workerClient`,
  'heddle/array': `ArrayIndexError BlockError ChunkError ChunkedArray DTypeError NdArray ShapeError abs absolute add all allclose
    angle any append applyAlongAxis applyGufunc applyOverAxes arange arccos arccosh arcsin arcsinh arctan arctan2
    arctanh argmax argmin argsort argtopk argwhere around array asGufunc asarray astype atleast1d atleast2d
    atleast3d average bincount bitwiseAnd bitwiseNot bitwiseOr bitwiseXor block blockwise broadcastArrays
    broadcastTo cbrt ceil choose clip coarsen compress concatenate conj conjugate copysign corrcoef cos cosh
    countNonzero cov cumprod cumsum deg2rad degrees delete diag diagonal diff digitize divide divmod dot dstack
    ediff1d einsum empty emptyLike equal exp exp2 expandDims expm1 extract eye fabs fix flatnonzero flip fliplr
    flipud floatPower floor floorDivide fmax fmin fmod frexp fromArray fromChunks fromDelayed fromFunction fromNpy
    fromNpyStack fromZarr fromfunction full fullLike gradient greater greaterEqual gufunc histogram histogram2d
    histogramdd hstack hypot i0 imag indices insert invert isclose iscomplex isfinite isin isinf isnan isneginf
    isnull isposinf isreal ldexp leftShift less lessEqual linspace log log10 log1p log2 logaddexp logaddexp2
    logicalAnd logicalNot logicalOr logicalXor map mapAs mapBlocks mapOverlap matmul max maximum mean median
    meshgrid min minimum mod modf moment moveaxis multiply nanToNum nanargmax nanargmin nancumprod nancumsum nanmax
    nanmean nanmedian nanmin nanpercentile nanprod nanquantile nanstd nansum nanvar negative nextafter nonzero
    normalizeChunks notEqual notnull ones onesLike outer overlap pad percentile piecewise positive power prod ptp
    push quantile rad2deg radians random ravel ravelMultiIndex real rechunk reciprocal reduction remainder repeat
    reshape reshapeBlockwise resultType rightShift rint roll rollaxis rot90 round searchsorted select shape shuffle
    sign signbit sin sinc sinh slidingWindowView sort spacing sqrt square squeeze stack std store subtract sum
    swapaxes take tan tanh tensordot tile toDelayed toNpyStack toZarr topk trace transpose tri tril trilIndices
    trilIndicesFrom trimInternal trimOverlap triu triuIndices triuIndicesFrom trueDivide trunc unifyChunks union1d
    unique unravelIndex var vdot vstack where zeros zerosLike`,
  'heddle/bag': `Bag EmptyBagError FetchError Item PartitionerError ShuffleError ShuffleKeyError choices concat fromDelayed
    fromSequence fromUrl map mapPartitions range readAvro readCsv readJson readText sample toTextFiles zip`,
  'heddle/history': `HistoryError compareRuns describeRun findRun historyFolder listRuns openHistory sumCosts`,
  'heddle/jobqueue': `CommandMissing EngineRefused HTCondorCluster JobFailed JobQueueCluster JobQueueError LSFCluster LocalJobCluster
    MoabCluster NoWorld OARCluster PBSCluster PBSRunner Runner RunnerError SGECluster SlurmCluster SlurmRunner
    WorldTooSmall jobScriptFor listClusters removeCluster runCommand`,
  'heddle/mpi': `MPIRunner NoWorld Runner RunnerError WorldTooSmall execute initialize`,
  'heddle/dataframe': `CategoricalAccessor ColumnError DataFrame DataFrameError DatabaseError DateTimeAccessor Expr GroupBy LambdaError
    MissingDriver MissingLibrary QueryError Resampler Rolling Scalar Series StringAccessor UnsafeInteger
    UntransferableType approxNunique approxQuantile col concat corr count cov every first fromArray fromArrow fromBag
    fromColumns fromDelayed fromMap fromRecords idxmax idxmin kurt last list max mean median min mode nunique product
    quantile readArrow readAvro readCsv readFwf readJson readParquet readSql readSqlQuery readSqlTable readTable readText
    sem skew some sql std sum timeseries toDatetime toNumeric toTimedelta variance`,
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

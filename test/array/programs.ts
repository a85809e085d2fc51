import * as da from 'heddle/array'

type Inputs = Readonly<Record<string, da.ChunkedArray>>

/** The programs of test/oracle/arrays.py, by name. */
export const programs: Readonly<Record<string, (x: Inputs) => da.ChunkedArray>> = {
  arith: ({ f, g }) => f!.add(g!).multiply(2).subtract(f!.divide(g!)),
  scalars: ({ f }) => da.subtract(3, f!.multiply(0.5)),
  intScalar: ({ i }) => i!.multiply(2).add(1),
  intFloatScalar: ({ i }) => i!.add(0.5),
  uintScalar: ({ u }) => u!.add(3),
  uintCompare: ({ u }) => u!.less(300),
  intDivide: ({ i }) => i!.divide(3),
  intFloor: ({ i }) => i!.floorDivide(3),
  intRemainder: ({ i }) => i!.remainder(7),
  broadcastRow: ({ f, v }) => f!.add(v!),
  broadcastColumn: ({ f }) => f!.multiply(f!.slice(':', ':1')),
  broadcastZero: ({ f, one }) => f!.add(one!),
  broadcast3d: ({ t }) => t!.add(t!.slice(':', ':1')),
  int8uint8: ({ u }) => u!.remainder(128).astype('int8').add(u!),
  float32Scalar: ({ s }) => s!.multiply(0.1),
  float32Int: ({ s, i }) => s!.add(i!),
  complexArith: ({ c, f }) => c!.multiply(c!).add(f!),
  complexScalar: ({ c }) => c!.multiply(2).subtract(0.5),
  complexAbs: ({ c }) => c!.abs(),
  complexConj: ({ c }) => da.conj(c!),
  where: ({ f }) => da.where(f!.greater(0), f!, 0),
  whereInt: ({ b, i, u }) => da.where(b!, i!, u!),
  clip: ({ f }) => da.clip(f!, -1, 2),
  astypeInt: ({ f }) => f!.astype('int32'),
  astypeFloat: ({ i }) => i!.astype('float32'),
  astypeBool: ({ i }) => i!.astype('bool'),
  round2: ({ f }) => da.round(f!, 2),
  roundTens: ({ i }) => da.round(i!, -1),
  isclose: ({ f }) => da.isclose(f!, f!.add(1e-9)),
  nanToNum: ({ h }) => da.nanToNum(h!),
  sinc: ({ f }) => da.sinc(f!),
  logaddexp: ({ f, g }) => da.logaddexp(f!, g!),
  logaddexp2: ({ f, g }) => da.logaddexp2(f!, g!),
  modfFraction: ({ f }) => da.modf(f!)[0],
  modfWhole: ({ f }) => da.modf(f!)[1],
  ldexp: ({ f, i }) => da.ldexp(f!, i!),
  deg2rad: ({ f }) => da.deg2rad(f!),
  power3: ({ f }) => f!.power(3),
  powerInt: ({ i }) => i!.power(2),
  powerHalf: ({ g }) => g!.power(0.5),
  powerNegative: ({ g }) => g!.power(-2),
  floatPower: ({ i }) => da.floatPower(i!.abs().add(1), -2),
  select: ({ f, i, u }) => da.select([f!.less(0), f!.greater(1)], [i!, u!], 7),
  choose: ({ i, f, g, s }) => da.choose(i!.abs().remainder(3), [f!, g!, s!]),

  stdSample: ({ f }) => f!.std({ axis: 0, ddof: 1 }),
  sumComplex: ({ c }) => c!.sum({ axis: 0 }),
  meanComplex: ({ c }) => c!.mean({ axis: 1 }),
  stdComplex: ({ c }) => c!.std({ axis: 1 }),
  sumBig: ({ big }) => big!.sum(),
  sumBool: ({ b }) => b!.sum({ axis: 0 }),
  meanBool: ({ b }) => b!.mean(),
  sumUint: ({ u }) => u!.sum(),
  sumDtype: ({ u }) => u!.sum({ dtype: 'float64' }),
  anyAxis: ({ b }) => b!.any({ axis: 0 }),
  allAxis: ({ f }) => f!.less(5).all({ axis: 1 }),
  argminAll: ({ f }) => f!.argmin(),
  argmaxAxis0: ({ f }) => f!.argmax({ axis: 0 }),
  argminAxis1: ({ i }) => i!.argmin({ axis: 1 }),
  argmax3d: ({ t }) => t!.argmax({ axis: 1 }),
  argmaxTies: ({ i }) => i!.abs().remainder(3).argmax(),
  argminNaN: ({ h }) => h!.argmin({ axis: 1 }),
  nanargmax: ({ h }) => da.nanargmax(h!, { axis: 1 }),
  nanargmin: ({ h }) => da.nanargmin(h!),
  countNonzero: ({ i }) => da.countNonzero(i!, { axis: 0 }),
  ptp: ({ f }) => da.ptp(f!, { axis: 1 }),
  average: ({ f, g }) => da.average(f!, { weights: g! }),
  averageAxis: ({ f, v }) => da.average(f!, { axis: 1, weights: v!.abs() }),
  cumsum0: ({ f }) => f!.cumsum({ axis: 0 }),
  cumsum1: ({ i }) => i!.cumsum({ axis: 1 }),
  cumsumFlat: ({ f }) => f!.cumsum(),
  cumprod1: ({ g }) => g!.cumprod({ axis: 1 }),
  cumsum3d: ({ t }) => t!.cumsum({ axis: 1 }),
  nancumsum: ({ h }) => da.nancumsum(h!, { axis: 1 }),
  nancumprod: ({ h }) => da.nancumprod(h!, { axis: 0 }),

  sliceStep: ({ f }) => f!.slice('::2', '1:9:3'),
  sliceNegative: ({ f }) => f!.slice('::-1', '-3:'),
  sliceInteger: ({ f }) => f!.slice(2),
  sliceIntegers: ({ f }) => f!.slice(2, -1),
  sliceList: ({ f }) => f!.slice([3, 1, 1, 6]),
  sliceMask: ({ f, v }) => f!.slice(':', v!.greater(0)),
  sliceNew: ({ f }) => f!.slice(null, ':', 3, null),
  sliceDots: ({ t }) => t!.slice('...', 1),
  sliceEmpty: ({ f }) => f!.slice('5:2'),
  sliceBoth: ({ t }) => t!.slice('1:3', '::-2', [4, 0]),
  maskedAll: ({ f }) => f!.slice(f!.greater(0)),
  maskedRows: ({ f }) => f!.slice(f!.slice(':', 0).greater(0)),
  takeArray: ({ f, i }) => f!.slice(':', i!.slice(0).abs().remainder(11)),

  reshapeFlat: ({ f }) => f!.reshape(-1),
  reshape77: ({ f }) => f!.reshape([11, 7]),
  reshape3d: ({ t }) => t!.reshape([6, 20]),
  reshapeSplit: ({ t }) => t!.reshape([2, 2, 6, 5]),
  reshapeMerge: ({ t }) => t!.reshape([24, 5]),
  reshapeOnes: ({ f }) => f!.reshape([1, 7, 1, 11]),
  transpose: ({ t }) => t!.transpose(),
  transposeAxes: ({ t }) => t!.transpose([1, 2, 0]),
  transposeAdd: ({ f, v }) => f!.transpose().add(v!.slice(':', null)),
  swapaxes: ({ t }) => da.swapaxes(t!, 0, 2),
  moveaxis: ({ t }) => da.moveaxis(t!, 0, -1),
  rollaxis: ({ t }) => da.rollaxis(t!, 2),
  squeeze: ({ f }) => da.squeeze(f!.slice(':', ':1')),
  flip: ({ t }) => da.flip(t!),
  flipAxis: ({ f }) => da.flip(f!, 1),
  rot90: ({ f }) => da.rot90(f!),
  rot90Three: ({ f }) => da.rot90(f!, 3),
  roll: ({ f }) => da.roll(f!, 3, 1),
  rollNegative: ({ f }) => da.roll(f!, [-2, 4], [0, 1]),
  rollFlat: ({ f }) => da.roll(f!, 20),
  repeat: ({ f }) => da.repeat(f!, 3, 0),
  repeatFlat: ({ i }) => da.repeat(i!, 2),
  repeatEach: ({ f }) => da.repeat(f!, [0, 1, 2, 3, 0, 1, 2], 0),
  tile: ({ f }) => da.tile(f!, [2, 3]),
  tileMore: ({ v }) => da.tile(v!, [2, 2]),
  concatenate: ({ f, i, s }) => da.concatenate([f!, i!, s!], { axis: 1 }),
  concatenate0: ({ f, g }) => da.concatenate([f!, g!.slice(':3')]),
  stack: ({ f, g, i }) => da.stack([f!, g!, i!], { axis: 1 }),
  vstack: ({ f, v }) => da.vstack([v!, f!]),
  hstack: ({ f, g }) => da.hstack([f!, g!.slice(':', ':2')]),
  dstack: ({ f, g }) => da.dstack([f!, g!]),
  block: ({ f, g }) =>
    da.block([
      [f!, g!],
      [g!, f!],
    ]),
  broadcastTo: ({ v }) => da.broadcastTo(v!, [3, 7, 11]),
  expandDims: ({ f }) => da.expandDims(f!, [0, 2]),
  meshgrid0: ({ v, f }) => da.meshgrid([v!, f!.slice(':', 0)])[0]!,
  meshgrid1: ({ v, f }) => da.meshgrid([v!, f!.slice(':', 0)], { indexing: 'ij' })[1]!,
  rechunkSum: ({ f }) => f!.add(1).rechunk(3).sum({ axis: 0 }),

  arange: () => da.arange(3, 50, 7, { chunks: 3 }),
  arangeFloat: () => da.arange(0.1, 3, 0.1, { chunks: 10 }),
  arangeDown: () => da.arange(10, 0, -3, { chunks: 2 }),
  linspace: () => da.linspace(0, 1, 23, { chunks: 5 }),
  linspaceOpen: () => da.linspace(-3, 2, 17, { endpoint: false, chunks: 4 }),
  eye: () => da.eye(6, { columns: 9, k: 2, chunks: 4 }),
  tri: () => da.tri(6, { columns: 9, k: -1, chunks: [4, 5] }),
  indices: () => da.indices([3, 5], { chunks: 2 })[1]!,
  full: () => da.full([3, 4], 7, { chunks: 3 }),
  ...paddings(),
  padConstantOne: ({ f }) => da.pad(f!, 1, { constantValues: 5 }),
  assignSlice: ({ f, g }) => f!.assign(['1:6:2', '::-3'], g!.slice(':3', ':4')),
  assignRow: ({ f, v }) => f!.assign([2], v!),
  assignList: ({ f }) => f!.assign([[5, 0], '3:5'], 7),
  assignMask: ({ f }) => f!.assign([f!.less(0)], 0),
  assignInt: ({ i }) => i!.assign([':', 1], 100),
  windows: ({ f }) => da.slidingWindowView(f!, [3, 2]),
  ...reductions(),
}

function paddings(): Record<string, (x: Inputs) => da.ChunkedArray> {
  const result: Record<string, (x: Inputs) => da.ChunkedArray> = {}
  for (const mode of ['constant', 'edge', 'reflect', 'symmetric', 'wrap', 'maximum', 'mean'] as const) {
    result[`pad${mode[0]!.toUpperCase()}${mode.slice(1)}`] = ({ f }) =>
      da.pad(
        f!,
        [
          [2, 3],
          [0, 4],
        ],
        { mode },
      )
  }
  return result
}

type Reduction = 'sum' | 'prod' | 'min' | 'max' | 'mean' | 'std' | 'var'

function reductions(): Record<string, (x: Inputs) => da.ChunkedArray> {
  const result: Record<string, (x: Inputs) => da.ChunkedArray> = {}
  // A type of its own: what a call of a union of seven generic functions gives takes the compiler half a minute.
  const nan: Record<Reduction, (x: da.ChunkedArray, o?: da.ReduceOptions) => da.ChunkedArray> = {
    sum: da.nansum,
    prod: da.nanprod,
    min: da.nanmin,
    max: da.nanmax,
    mean: da.nanmean,
    std: da.nanstd,
    var: da.nanvar,
  }
  for (const name of ['sum', 'prod', 'min', 'max', 'mean', 'std', 'var'] as const satisfies readonly Reduction[]) {
    const of = (x: da.ChunkedArray, o?: da.ReduceOptions): da.ChunkedArray => x[name](o) as da.ChunkedArray
    result[`${name}All`] = ({ g }) => of(g!)
    result[`${name}Axis0`] = ({ g }) => of(g!, { axis: 0 })
    result[`${name}Axis1`] = ({ g }) => of(g!, { axis: 1 })
    result[`${name}Keep`] = ({ t }) => of(t!, { axis: [0, 2], keepdims: true })
    result[`${name}Int`] = ({ i }) => of(i!.abs().remainder(3).add(1), { axis: 0 })
    result[`${name}Float32`] = ({ s }) => of(s!, { axis: 1 })
    result[`${name}NaN`] = ({ h }) => of(h!, { axis: 1 })
    result[`nan${name}`] = ({ h }) => nan[name](h!, { axis: 0 })
    result[`nan${name}All`] = ({ h }) => nan[name](h!)
  }
  return result
}

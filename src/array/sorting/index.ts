export {
  type BinsSpec,
  type HistogramOptions,
  bincount,
  digitize,
  histogram,
  histogram2d,
  histogramdd,
  isin,
  searchsorted,
} from './counting.js'
export { type QuantileMethod } from './quantile-methods.js'
export { type QuantileOptions, median, nanmedian, nanpercentile, nanquantile, percentile, quantile } from './quantiles.js'
export { type AlongOptions, type TopOptions, argsort, argtopk, sort, topk } from './sort.js'
export { type UniqueOptions, union1d, unique } from './unique.js'

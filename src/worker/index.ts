export { Report, type ReportRecord, readReports, reportLength } from './reports.js'
export { Worker } from './worker.js'

export * from './dataframe/index.js'

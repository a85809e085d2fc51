// Says how many milliseconds importing the module of its argument takes.
const started = performance.now()
await import(process.argv[2]!)
console.log(performance.now() - started)
process.exit()

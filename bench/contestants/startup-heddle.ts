import { delayed } from 'heddle'

const increment = delayed((x: number) => x + 1)
console.log(await increment(41).compute({ executor: 'threads' }))
process.exit()

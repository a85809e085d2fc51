import { fileURLToPath } from 'node:url'
import { Piscina } from 'piscina'

const pool = new Piscina<number, number>({
  filename: fileURLToPath(new URL('./piscina-task.js', import.meta.url)),
  name: 'increment',
})
console.log(await pool.run(41))
process.exit()

import { Client } from '../../src/client/index.js'

// Loaded before a program (`node --import`), it has the program's collections computed on a cluster.
await Client.connect({ schedulerFile: process.env.SCHEDULER_FILE! })

import type { Client } from './client.js'

/** The clients of this program that are open, the newest last. */
export const openClients: Client[] = []

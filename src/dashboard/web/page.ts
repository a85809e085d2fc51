import { start } from './app.js'
import type { Recording } from './connection.js'

// In a report stands what it shows; otherwise the server that the page came from tells.
const data = document.getElementById('recording')?.textContent
const text = data ? new TextDecoder().decode(Uint8Array.from(atob(data.trim()), (c) => c.charCodeAt(0))) : undefined
start(text === undefined ? undefined : (JSON.parse(text) as Recording))

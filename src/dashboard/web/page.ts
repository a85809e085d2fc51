import { start } from './app.js'
import type { Recording } from './connection.js'

// The key has done its work: a cookie is there in its place.
if (location.search.includes('key=')) history.replaceState(null, '', location.pathname + location.hash)

// In a report stands what it shows, compressed; otherwise the server that the page came from tells.
const data = document.getElementById('recording')?.textContent
if (data) {
  const bytes = Uint8Array.from(atob(data.trim()), (c) => c.charCodeAt(0))
  const text = new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))).text()
  void text.then((recording) => start(JSON.parse(recording) as Recording))
} else start(undefined)

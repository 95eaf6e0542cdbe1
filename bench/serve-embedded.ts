// The embedded registry in a process of its own: serve-embedded.ts ROOT HOST PORT
import { serveRegistry } from '../src/embedded/index.ts'

const [root = '', host = '127.0.0.1', port = '0'] = process.argv.slice(2)
await serveRegistry({ root, host, port: Number(port) })

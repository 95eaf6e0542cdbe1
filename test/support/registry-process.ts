import { serveRegistry } from '../../src/embedded/index.ts'

// A registry in a process of its own, to be killed: prints its address and serves until then.
const [root = ''] = process.argv.slice(2)
const { address } = await serveRegistry({ root })
process.stdout.write(`${address}\n`)

// One promotion by Waybill's engine in a process of its own, as the peers run: engine-run.ts SOURCE TARGET [image]
// Copies SOURCE (a tag or digest) and points TARGET's tag at it. `image`: without referrers, like most peers.
import { parseReference } from '../src/oci/index.ts'
import { copyClosure, RegistryClient, resolve } from '../src/registry/index.ts'

const [from = '', to = '', mode] = process.argv.slice(2)
const started = performance.now()
const client = new RegistryClient({})
const [source, destination] = [parseReference(from), parseReference(to)]
const store = client.repository({ registry: source.registry, name: source.name })
const target = client.repository({ registry: destination.registry, name: destination.name })
const root = source.digest ?? (await resolve(store, source.tag)).descriptor.digest
const tags = [destination.tag ?? 'latest']
await copyClosure({ source: store, destination: target, root, tags, referrers: mode !== 'image' })
await client.close()
process.stdout.write(JSON.stringify({ engine: performance.now() - started, requests: client.requests }))

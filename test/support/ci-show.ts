import { loadConfig, ciDefaults } from '../../src/config/index.ts'
import { flowsOf, renderers } from '../../src/ci/index.ts'
const [, , system, file] = process.argv
const config = await loadConfig(file!)
const r = (renderers as any)[system!]
const settings = config.ci ?? ciDefaults
for (const f of r.files(flowsOf(config), settings)) console.log(`=== ${f.path}\n${f.text}`)
console.log('=== setup\n' + r.setUp(flowsOf(config), settings))

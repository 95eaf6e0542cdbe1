import { readFileSync } from 'node:fs'
import { createService } from './server.js'

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
const server = createService({ version })

server.listen(Number(process.env.PORT ?? 8080), process.env.HOST ?? '0.0.0.0', () => {
  console.log(`ordersvc ${version} listens on port ${server.address().port}`)
})

for (const signal of ['SIGINT', 'SIGTERM'])
  process.once(signal, () => {
    server.close(() => process.exit(0))
    server.closeIdleConnections()
  })

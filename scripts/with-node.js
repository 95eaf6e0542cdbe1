// Runs a TypeScript file on the project's pinned Node, installing the
// dependencies first when they are missing or older than the lock file.
// Plain JavaScript without dependencies: this is what a fresh machine's own Node (>= 20) runs.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const MINIMUM = [24, 15]

function installed() {
  const stamp = join(root, 'node_modules', '.package-lock.json')
  if (!existsSync(stamp)) return false
  return statSync(stamp).mtimeMs >= statSync(join(root, 'package-lock.json')).mtimeMs
}

function install() {
  process.stderr.write('Installing dependencies (npm ci)…\n')
  const npm = process.env.npm_execpath
  const [command, args] = npm?.endsWith('.js') ? [process.execPath, [npm, 'ci']] : ['npm', ['ci']]
  const done = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2] })
  if (done.status !== 0) {
    process.stderr.write(
      'npm ci failed. Check the network and the npm registry setting, then run the command again.\n',
    )
    process.exit(done.status ?? 1)
  }
}

function pinnedNode() {
  const pinned = join(root, 'node_modules', `node-${process.platform}-${process.arch}`, 'bin', 'node')
  if (existsSync(pinned)) return pinned
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major > MINIMUM[0] || (major === MINIMUM[0] && minor >= MINIMUM[1])) return process.execPath
  process.stderr.write(
    `Waybill needs Node >= ${MINIMUM.join('.')}. This is ${process.version}, and no pinned Node exists for ${process.platform}-${process.arch}. Install a newer Node.\n`,
  )
  process.exit(1)
}

if (!installed()) install()
const [script, ...args] = process.argv.slice(2)
const node = pinnedNode()
const child = spawn(node, [join(root, script), ...args], {
  stdio: 'inherit',
  env: { ...process.env, PATH: `${dirname(node)}:${process.env.PATH}` },
})
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal))
child.on('exit', (code, signal) => process.exit(signal ? 130 : (code ?? 1)))

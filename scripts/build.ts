// npm run build [-- --single] [FOLDER]: what is published, in dist/ or the folder named.
//   (nothing)  the npm package; `npm pack ./dist` makes the tarball
//   --single   single/: `waybill`, an executable with Node inside, and `waybill.mjs`, one file for any Node from 24
// Everything Waybill needs is inside, so that installing it fetches nothing else.
import { join, resolve } from 'node:path'
import { buildPackage } from './build-package.ts'
import { buildSingle } from './build-single.ts'

const words = process.argv.slice(2)
const [folder = join(import.meta.dirname, '..', 'dist'), ...more] = words.filter(
  (word) => word !== '--single',
)
if (more.length > 0 || folder.startsWith('-')) throw new Error('Usage: npm run build [-- --single] [FOLDER]')
if (words.includes('--single')) await buildSingle(resolve(folder, 'single'))
else await buildPackage(resolve(folder))

import type { Change, Person } from './source-repository.ts'

export const ada: Person = { name: 'Ada', email: 'ada@contoso.example' }
const bob: Person = { name: 'Bob', email: 'bob@contoso.example' }

/** PR #101, by Ada: becomes dev build #233 and release 1.3.0. */
export const featureA: Change = {
  branch: 'feature/A',
  pullRequest: '101',
  message: 'Add GET /readyz',
  author: ada,
  edits: [
    {
      file: 'src/server.js',
      from: "  if (pathname === '/orders') return",
      to: "  if (pathname === '/readyz') return only('GET', request, () => ({ status: 200, body: { status: 'ready' } }))\n  if (pathname === '/orders') return",
    },
    {
      file: 'test/server.test.js',
      from: "  it('knows its pages and methods'",
      to: "  it('is ready', async () => {\n    assert.equal((await fetch(`${base}/readyz`)).status, 200)\n  })\n\n  it('knows its pages and methods'",
    },
  ],
}

/** PR #102, by Bob: becomes dev build #234 and release 1.4.0. */
export const featureB: Change = {
  branch: 'feature/B',
  pullRequest: '102',
  message: 'Take at most 500 of one item',
  author: bob,
  edits: [
    { file: 'package.json', from: '"version": "1.3.0"', to: '"version": "1.4.0"' },
    {
      file: 'package.json',
      from: '  "scripts": {',
      to: '  "dependencies": { "quantities": "1.2.0" },\n  "scripts": {',
    },
    { file: 'src/orders.js', from: 'const MAX_QUANTITY = 1000', to: 'const MAX_QUANTITY = 500' },
    {
      file: 'test/orders.test.js',
      from: "    'half a piece'",
      to: "    'more than 500 pieces': { lines: [{ ...tea, quantity: 501 }] },\n    'half a piece'",
    },
  ],
}

/** PR #103, by Ada: its unit tests pass, but main.js no longer tells the service its version. Only e2e sees it. */
export const featureC: Change = {
  branch: 'feature/C',
  pullRequest: '103',
  message: 'Simplify start-up',
  author: ada,
  edits: [
    { file: 'package.json', from: '"version": "1.4.0"', to: '"version": "1.4.1"' },
    { file: 'package.json', from: '"quantities": "1.2.0"', to: '"quantities": "1.2.1"' },
    { file: 'src/main.js', from: 'createService({ version })', to: 'createService()' },
  ],
}

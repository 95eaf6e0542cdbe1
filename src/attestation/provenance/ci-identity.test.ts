import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { speaksFor } from './ci-identity.ts'

const GITHUB = 'https://token.actions.githubusercontent.com'

const known = [
  [GITHUB, 'https://github.com/contoso/ordersvc'],
  [`${GITHUB}/contoso-enterprise`, 'https://github.com/contoso/ordersvc'],
  ['https://token.actions.contoso.ghe.com', 'https://contoso.ghe.com/shop/ordersvc'],
  ['https://ghes.example.com/_services/token', 'https://ghes.example.com/contoso/ordersvc'],
  ['https://gitlab.com', 'https://gitlab.com/contoso/ordersvc'],
  ['https://git.example.com:8443/gitlab', 'https://git.example.com:8443/gitlab/contoso/ordersvc'],
  ['https://vstoken.dev.azure.com/3f2c1a70', 'https://dev.azure.com/contoso/shop/_git/ordersvc'],
  ['https://vstoken.dev.azure.com/3f2c1a70', 'https://contoso.visualstudio.com/shop/_git/ordersvc'],
] as const

const unknown = [
  [GITHUB, 'https://github.com.evil.example/contoso/ordersvc'],
  ['https://evil.example', 'https://gitlab.com/contoso/ordersvc'],
  // Whoever may publish files on a server can publish the documents of an issuer there.
  ['https://gitlab.com/mallory/site/-/raw/main', 'https://gitlab.com/contoso/ordersvc'],
  ['https://gitlab.com/contoso', 'https://gitlab.com/contoso-evil/ordersvc'],
  ['https://ghes.example.com/mallory/_services/token', 'https://ghes.example.com/contoso/ordersvc'],
  ['https://ghes.example.com/_services/tokens', 'https://ghes.example.com/contoso/ordersvc'],
  ['http://gitlab.com', 'https://gitlab.com/contoso/ordersvc'],
  ['https://gitlab.com', 'contoso/ordersvc'],
] as const

describe('who speaks for a repository', () => {
  for (const [issuer, source] of known)
    it(`${issuer} does for ${source}`, () => assert.equal(speaksFor(issuer, source), true))
  for (const [issuer, source] of unknown)
    it(`${issuer} does not for ${source}`, () => assert.equal(speaksFor(issuer, source), false))
})

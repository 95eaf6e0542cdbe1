import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { describe, it } from 'node:test'
import { secretsOf, withoutSecrets } from './secrets.ts'

const PEM = generateKeyPairSync('ec', {
  namedCurve: 'P-256',
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
}).privateKey
const body = PEM.split('\n')[1] ?? ''

describe('secrets of an environment', () => {
  const names = [
    'GITHUB_TOKEN',
    'ACTIONS_ID_TOKEN_REQUEST_TOKEN',
    'SYSTEM_ACCESSTOKEN',
    'CI_JOB_TOKEN',
    'CI_REGISTRY_PASSWORD',
    'SIGSTORE_ID_TOKEN',
    'AWS_SECRET_ACCESS_KEY',
    'AWS_SESSION_TOKEN',
    'AZURE_CLIENT_SECRET',
    'servicePrincipalKey',
    'idToken',
    'VAULT_TOKEN',
    'SONAR_TOKEN',
    'COSIGN_PASSWORD',
    'WAYBILL_KEY_PASSWORD',
    'DOCKER_AUTH_CONFIG',
    'AZURE_DEVOPS_EXT_PAT',
    'GITHUB_PAT',
    'DD_API_KEY',
    'SNYK_APIKEY',
  ]
  for (const name of names)
    it(name, () => {
      const secret = `s3cret-of-${name}`
      assert.equal(withoutSecrets(`a ${secret} b`, secretsOf({ [name]: secret })), 'a [hidden] b')
    })

  it('private keys by what they are, line by line', () => {
    const secrets = secretsOf({ KEY_PROMOTION: PEM })
    assert.ok(!withoutSecrets(`x ${body} y`, secrets).includes(body))
    assert.ok(!withoutSecrets(JSON.stringify({ PEM }), secrets).includes(body))
  })

  it('in JSON too', () => {
    const token = 'with "quotes" and \\ in it'
    const json = withoutSecrets(JSON.stringify({ token }), secretsOf({ X_TOKEN: token }))
    assert.deepEqual(JSON.parse(json), { token: '[hidden]' })
  })

  it('one that is part of another hides neither less', () => {
    const env = { A_TOKEN: 'abcdefgh1', B_TOKEN: 'abcdefgh1-and-more' }
    assert.equal(withoutSecrets('abcdefgh1-and-more', secretsOf(env)), '[hidden]')
  })

  it('passwords in addresses, by what they are', () => {
    const env = {
      HTTPS_PROXY: 'http://build:p4ss%20word@proxy.example.com:3128',
      CI_REPOSITORY_URL: 'https://gitlab-ci-token:glcbt-0123456789@gitlab.example.com/a/b.git',
      DATABASES: 'postgres://a:first-password@one/x,postgres://a:second-password@two/x',
    }
    const said = withoutSecrets(Object.values(env).join(' ') + ' p4ss word', secretsOf(env))
    for (const secret of [
      'p4ss%20word',
      'p4ss word',
      'glcbt-0123456789',
      'first-password',
      'second-password',
    ])
      assert.ok(!said.includes(secret), said)
    assert.ok(said.includes('gitlab.example.com/a/b.git'))
  })

  it('leaves words, files and public things alone', () => {
    const env = {
      A_PASSWORD: 'test',
      AWS_ACCESS_KEY_ID: 'AKIA0123456789',
      HOME: '/home/x',
      PATH: '/usr/bin',
      OLDPWD: '/home/folder',
      XPATH: '/some/where',
      URL: 'https://ada@example.com/a:b@c',
    }
    assert.deepEqual(secretsOf(env), [])
  })
})

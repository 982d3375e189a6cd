// This file is about testing which registry a labelled Secret names, and what Argo CD cannot use.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readRegistryUrl, type RepositoryData } from './registry-url.ts'

const HOST = '123456789012.dkr.ecr.eu-west-1.amazonaws.com'
const helm = (url: string): RepositoryData => ({ url, type: 'helm', enableOCI: 'true' })

const told = (data: RepositoryData): readonly string[] => {
  const read = readRegistryUrl(data)
  return read.is === 'wrong' ? [read.because] : read.warnings.map(({ message }) => message)
}

describe('the URL of a labelled Secret', () => {
  const named: readonly (readonly [string, string, string, string])[] = [
    ['a registry of the ordinary partition', HOST, '123456789012', 'eu-west-1'],
    ['one with a path', `${HOST}/team/charts`, '123456789012', 'eu-west-1'],
    ['one in capitals, with spaces around it', ` ${HOST.toUpperCase()} `, '123456789012', 'eu-west-1'],
    ['one in China', '123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/charts', '123456789012', 'cn-north-1'],
    [
      'a FIPS one in GovCloud',
      '123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com',
      '123456789012',
      'us-gov-west-1',
    ],
    ['a dual-stack one', '123456789012.dkr-ecr.us-west-2.on.aws', '123456789012', 'us-west-2'],
    [
      'one in the European sovereign cloud',
      '123456789012.dkr.ecr.eusc-de-east-1.amazonaws.eu',
      '123456789012',
      'eusc-de-east-1',
    ],
    [
      'one in an isolated partition',
      '123456789012.dkr.ecr.us-iso-east-1.c2s.ic.gov',
      '123456789012',
      'us-iso-east-1',
    ],
  ]
  for (const [what, url, account, region] of named) {
    it(`may name ${what}`, () => {
      const read = readRegistryUrl(helm(url))
      assert.ok(read.is === 'registry' && read.host.is === 'private', JSON.stringify(read))
      assert.deepEqual([read.host.account, read.host.region, read.warnings], [account, region, []])
    })
  }

  it('may name ECR Public', () => {
    const read = readRegistryUrl(helm('public.ecr.aws/team/charts'))
    assert.ok(read.is === 'registry')
    assert.deepEqual([read.host.is, read.host.region], ['public', 'us-east-1'])
  })

  const refused: readonly (readonly [string, RepositoryData, RegExp])[] = [
    ['that is not there', {}, /^it has no "url": write ACCOUNT/],
    ['that is empty', { url: ' ' }, /^it has no "url"/],
    ['that only begins like a registry', helm(`${HOST}.evil.example`), /"123.*evil\.example" is none/],
    ['with an account of seven digits', helm('1234567.dkr.ecr.eu-west-1.amazonaws.com'), /twelve digits/],
    ['without a region', helm('123456789012.dkr.ecr..amazonaws.com'), /region is no name/],
    ['of another registry', helm('ghcr.io/team'), /"ghcr\.io" is none/],
    ['with a port', helm(`${HOST}:443`), /is none/],
    [
      'with a password in it',
      helm(`https://AWS:secret@${HOST}`),
      /^its "url" holds a user name: leave out all up to the "@"$/,
    ],
    ['with a password that has a slash', helm(`https://AWS:sec/ret@${HOST}`), /^its "url" holds a user name/],
    ['with what may be a secret after the host', helm(`${HOST}?token=secret`), /^its "url" names no host/],
  ]
  for (const [what, data, because] of refused) {
    it(`${what} is refused`, () => {
      const read = readRegistryUrl(data)
      assert.ok(read.is === 'wrong', 'it was taken')
      assert.match(read.because, because)
      assert.doesNotMatch(read.because, /sec/)
    })
  }

  const warned: readonly (readonly [string, RepositoryData, RegExp])[] = [
    [
      'with a scheme, of type helm',
      helm(`https://${HOST}/team`),
      new RegExp(`without a scheme: write "${HOST}/team"`),
    ],
    ['without the scheme of type oci', { url: `${HOST}/team/app`, type: 'oci' }, /write "oci:\/\/1234/],
    [
      'that Argo CD takes for a Git repository',
      { url: HOST, enableOCI: 'true' },
      /"helm" or "oci" under "type"/,
    ],
    [
      'that Argo CD takes for a classic Helm repository',
      { url: HOST, type: 'helm' },
      /"true" under "enableOCI"/,
    ],
    ['of type helm whose flag is no boolean', { ...helm(HOST), enableOCI: 'yes' }, /under "enableOCI"/],
    ['with a slash at its end', helm(`${HOST}/`), /without a slash at the end/],
  ]
  for (const [what, data, words] of warned) {
    it(`${what} is served with a warning`, () => {
      const [first = '', ...others] = told(data)
      assert.match(first, words)
      assert.deepEqual(others, [])
    })
  }
})

// This file is about testing the Secrets that Argo CD reads: its three right shapes, and URLs that it cannot use.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { argocdShape, unreadFields, urlProblems } from './argocd-output.ts'
import { HOST, OTHER_HOST } from './fixtures/resources.ts'
import type { ArgocdFields } from './output-schema.ts'

const repository = (changed: Partial<ArgocdFields> = {}): ArgocdFields => ({
  kind: 'repository',
  type: 'helm',
  url: HOST,
  ...changed,
})

function texts(fields: ArgocdFields): object {
  const { entries } = argocdShape(fields)
  return Object.fromEntries(
    entries.map(({ key, value }) => [key, value.is === 'literal' ? value.text : `the ${value.field}`]),
  )
}

const LOGIN = { username: 'the username', password: 'the password' }

describe('Argo CD finds', () => {
  test('a Helm repository, with enableOCI and without a scheme', () => {
    const fields = repository({ url: `${HOST}/charts`, name: 'charts', project: 'web' })
    assert.deepEqual(texts(fields), {
      type: 'helm',
      url: `${HOST}/charts`,
      enableOCI: 'true',
      name: 'charts',
      project: 'web',
      ...LOGIN,
    })
  })

  test('a template for Helm repositories, with enableOCI too, as its own goes before the repository’s', () => {
    const fields = repository({ kind: 'repo-creds' })
    assert.deepEqual(texts(fields), { type: 'helm', url: HOST, enableOCI: 'true', ...LOGIN })
  })

  test('an OCI repository, with its scheme and without enableOCI', () => {
    const fields = repository({ type: 'oci', url: `oci://${HOST}/manifests` })
    assert.deepEqual(texts(fields), { type: 'oci', url: `oci://${HOST}/manifests`, ...LOGIN })
  })

  test('flags as the texts it parses', () => {
    const fields = repository({
      insecure: false,
      forceHttpBasicAuth: true,
      insecureOCIForceHttp: true,
      proxy: 'http://proxy',
      noProxy: 'x',
    })
    assert.deepEqual(texts(fields), {
      type: 'helm',
      url: HOST,
      enableOCI: 'true',
      insecure: 'false',
      forceHttpBasicAuth: 'true',
      insecureOCIForceHttp: 'true',
      proxy: 'http://proxy',
      noProxy: 'x',
      ...LOGIN,
    })
  })
})

type Row = readonly [says: string, fields: ArgocdFields, because: RegExp | undefined]
const rows: readonly Row[] = [
  ['a host alone for helm', repository(), undefined],
  ['a host with a path for helm', repository({ url: `${HOST}/team/charts` }), undefined],
  [
    'a host alone as a template of type oci',
    repository({ kind: 'repo-creds', type: 'oci', url: `oci://${HOST}` }),
    undefined,
  ],
  [
    'https:// for helm',
    repository({ url: `https://${HOST}/charts` }),
    new RegExp(`without a scheme: write "${HOST}/charts"`),
  ],
  [
    'oci:// for helm',
    repository({ url: `oci://${HOST}/charts/` }),
    new RegExp(`without a scheme: write "${HOST}/charts"`),
  ],
  [
    'oci:// in a Helm template',
    repository({ kind: 'repo-creds', url: `oci://${HOST}` }),
    new RegExp(`write "${HOST}"`),
  ],
  [
    'no scheme for oci',
    repository({ type: 'oci', url: `${HOST}/app` }),
    new RegExp(`wants the scheme oci://.*write "oci://${HOST}/app"`),
  ],
  [
    'https:// for oci',
    repository({ type: 'oci', url: `https://${HOST}/app` }),
    new RegExp(`write "oci://${HOST}/app"`),
  ],
  [
    'a slash at the end',
    repository({ url: `${HOST}/charts/` }),
    new RegExp(`slash at the end: write "${HOST}/charts"`),
  ],
  [
    'no repository for oci',
    repository({ type: 'oci', url: `oci://${HOST}` }),
    /names no repository: write "oci:.*REPOSITORY", or kind repo-creds/,
  ],
  [
    'another host',
    repository({ url: 'ghcr.io/charts' }),
    new RegExp(`none of spec.registries: write "${HOST}/charts" or "${OTHER_HOST}/charts", or add`),
  ],
  ['capitals in the path', repository({ url: `${HOST}/Charts` }), /path names no repository/],
  ['a placeholder', repository({ url: `${HOST}/<charts>` }), /path names no repository/],
  ['a port', repository({ url: `${HOST}:443/charts` }), /none of spec.registries/],
]

describe('a URL is held to what Argo CD can use:', () => {
  for (const [says, fields, because] of rows) {
    test(says, () => {
      const problems = urlProblems(fields, [HOST, OTHER_HOST], 'spec.outputs[0].argocd')
      if (because === undefined) return assert.deepEqual(problems, [])
      assert.equal(problems[0]?.at, 'spec.outputs[0].argocd.url')
      assert.match(problems[0]?.because ?? '', because)
    })
  }
})

test('what Argo CD does not read of a template is told', () => {
  assert.deepEqual(unreadFields(repository({ kind: 'repo-creds', project: 'web' })), ['project'])
  assert.deepEqual(unreadFields(repository({ project: 'web' })), [])
})

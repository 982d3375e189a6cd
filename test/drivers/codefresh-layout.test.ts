// This file is about coming from Codefresh and going back: its repositories read, ours written, and none of its secrets told.
import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { parse } from 'yaml'
import { type CodefreshRepository, filesOf } from '../../src/config-repo/codefresh-fixture.ts'
import { opened } from '../../src/seal/sealing-fixture.ts'
import { CHECKOUT, type Ended, runEverpull } from '../support/everpull-process.ts'
import { GIT_WRITER, GitServer } from '../support/git-server.ts'
import { type SealingKey, sealingKey } from '../support/sealing-key.ts'

const SECRET = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'

const serving = (repository: CodefreshRepository): Promise<GitServer> =>
  GitServer.open({
    files: Object.fromEntries(filesOf(repository).map(({ path, text }) => [path, text ?? ''])),
  })

async function everpull(server: GitServer, ...args: readonly string[]): Promise<Ended> {
  const command = [process.execPath, join(CHECKOUT, 'bin', 'everpull.js')] as const
  const environment = {
    KUBECONFIG: '/nonexistent',
    HOME: '/nonexistent',
    EVERPULL_GIT_CA_FILE: server.certificateAuthorityFile,
    EVERPULL_GIT_USERNAME: GIT_WRITER.username,
    EVERPULL_GIT_PASSWORD: GIT_WRITER.password,
    GIT_AUTHOR_NAME: 'Script',
    GIT_AUTHOR_EMAIL: 'script@example.com',
    GIT_COMMITTER_NAME: 'Script',
    GIT_COMMITTER_EMAIL: 'script@example.com',
  }
  const ended = await runEverpull({ says: 'from the checkout', command, environment }, ...args)
  for (const secret of [SECRET, GIT_WRITER.password]) {
    assert.ok(!(ended.out + ended.err).includes(secret), 'a secret was told')
  }
  return ended
}

describe('integrations of Codefresh', { timeout: 300_000 }, () => {
  it('become ours beside theirs in the same repository, once', async () => {
    await using server = await serving('codefresh-control-planes')
    const theirs = await server.files()
    const asked = ['integration', 'import', '--repo', server.url, '--share-with', 'team-*', '--yes']
    const first = await everpull(server, ...asked)
    assert.equal(first.code, 0, first.err)
    assert.match(first.err, /docker-hub .* is of type registry\.dockerhub, not registry\.ecr: skipped/)
    const files = await server.files()
    assert.deepEqual(
      Object.keys(files).filter((path) => theirs[path] === undefined),
      ['resources/control-planes/ecr-reader/integration.yaml', 'runtimes/staging/everpull.yaml'],
    )
    for (const [path, text] of Object.entries(theirs)) assert.equal(files[path], text)
    assert.match((await server.messages())[0] ?? '', /^Import ecr-reader from Codefresh\n/)
    const second = await everpull(server, ...asked)
    assert.equal(second.code, 0, second.err)
    assert.match(second.err, /is in the repository already, and is left as it is[^]*nothing changes/)
  })

  it('move into another repository with what they are sealed with', async () => {
    await using theirs = await serving('codefresh-first-layout')
    await using ours = await GitServer.open()
    const from = `${theirs.bare}?ref=main`
    const dry = await everpull(ours, 'integration', 'import', '--from', from, '--repo', ours.url, '--dry-run')
    assert.equal(dry.code, 0, dry.err)
    assert.match(dry.out, /^\+kind: SealedSecret$/m)
    assert.deepEqual(Object.keys(await ours.files()), ['README.md'])
    const done = await everpull(ours, 'integration', 'import', '--from', from, '--repo', ours.url, '--yes')
    assert.equal(done.code, 0, done.err)
    const folder = 'resources/all-runtimes-all-clusters/acme-ecr'
    assert.deepEqual(
      Object.keys(await ours.files()).filter((path) => path !== 'README.md'),
      [`${folder}/integration.yaml`, `${folder}/secret.yaml`, 'runtimes/dev/everpull.yaml'],
    )
  })

  it('are shown where no repository is named, and what is left to do makes it fail', async () => {
    await using server = await serving('codefresh-selected')
    const shown = await everpull(server, 'integration', 'import', '--from', `${server.bare}?ref=main`)
    assert.equal(shown.code, 1)
    assert.match(shown.err, /to do: role ecr-deployer is named without its account/)
    assert.match(shown.out, /^# resources\/runtimes\/blue\/ecr-both\/integration\.yaml$/m)
    const head = await server.head()
    const refused = await everpull(server, 'integration', 'import', '--repo', server.url, '--yes')
    assert.equal(refused.code, 1)
    assert.match(refused.err, /nothing was changed/)
    assert.equal(await server.head(), head)
    const named = ['--account', '123456789012', '--yes']
    const done = await everpull(server, 'integration', 'import', '--repo', server.url, ...named)
    assert.equal(done.code, 0, done.err)
  })

  it('are nowhere in a repository without any', async () => {
    await using server = await GitServer.open()
    const none = await everpull(server, 'integration', 'import', '--repo', server.url, '--yes')
    assert.equal(none.code, 0, none.err)
    assert.match(none.err, /nothing changes/)
    const unasked = await everpull(server, 'integration', 'import', '--repo', server.url)
    assert.equal(unasked.code, 2)
    assert.match(unasked.err, /missing: --yes/)
  })
})

describe('integrations of ours for Codefresh', { timeout: 300_000 }, () => {
  let server: GitServer
  let folder: string
  let key: SealingKey
  before(async () => {
    server = await GitServer.open()
    folder = await mkdtemp(join(tmpdir(), 'everpull-render-'))
    key = await sealingKey()
    await writeFile(join(folder, 'cert.pem'), key.certificate)
    await writeFile(join(folder, 'key.txt'), `${SECRET}\n`)
    const spec = 'region: eu-west-1, registries: [{account: "123456789012", region: eu-west-1}]'
    const auth = 'auth: {accessKey: {secretName: ecr-one, accessKeyId: AKIAIOSFODNN7EXAMPLE}}'
    const selected = 'runtimes: {policy: Selected, names: [blue]}'
    await writeFile(
      join(folder, 'one.yaml'),
      `{apiVersion: everpull.dev/v1alpha1, kind: EcrIntegration, metadata: {name: one}, spec: {${spec}, ${auth}, ${selected}}}\n`,
    )
  })
  after(async () => {
    await rm(folder, { recursive: true, force: true })
    await server[Symbol.asyncDispose]()
  })

  it('are two files in the folder of their runtime, the secret sealed for the whole cluster', async () => {
    const out = join(folder, 'isc')
    const rendered = await everpull(
      server,
      'render',
      join(folder, 'one.yaml'),
      '--layout=codefresh',
      `--secret-access-key-file=${join(folder, 'key.txt')}`,
      `--cert=${join(folder, 'cert.pem')}`,
      `--output-dir=${out}`,
    )
    assert.equal(rendered.code, 0, rendered.err)
    assert.match(rendered.err, /integration one: their format does not carry which registries it stands for/)
    const file = (name: string): Promise<string> =>
      readFile(join(out, 'resources/runtimes/blue/one', name), 'utf8')
    assert.deepEqual((parse(await file('integration.config.yaml')) as { data: unknown }).data, {
      region: 'eu-west-1',
      access_key_id: 'AKIAIOSFODNN7EXAMPLE',
    })
    const { spec } = parse(await file('integration.secret.yaml')) as {
      spec: { encryptedData: { secret_access_key: string } }
    }
    assert.equal(opened(spec.encryptedData.secret_access_key, key.privateKey, ''), SECRET)
  })

  it('say what is missing where nobody gives the secret', async () => {
    const rendered = await everpull(server, 'render', join(folder, 'one.yaml'), '--layout', 'codefresh')
    assert.equal(rendered.code, 1)
    assert.match(rendered.err, /to do: integration one: its secret access key is not known here/)
  })

  it('lie in the folder of their runtime in our own layout too', async () => {
    const rendered = await everpull(server, 'render', join(folder, 'one.yaml'))
    assert.equal(rendered.code, 0, rendered.err)
    assert.match(rendered.out, /^# resources\/runtimes\/blue\/one\/integration\.yaml$/m)
    assert.doesNotMatch(rendered.out, /runtimes:/)
  })
})

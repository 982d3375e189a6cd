// This file is about integrations in scripts: committed to a repository over HTTPS or on disk, and left alone where anything is wrong.
import assert from 'node:assert/strict'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, beforeEach, describe, it } from 'node:test'
import { eventually } from '../support/eventually.ts'
import { CHECKOUT, type Ended, runEverpull, startEverpull } from '../support/everpull-process.ts'
import { GIT_READER, GIT_WRITER, GitServer } from '../support/git-server.ts'
import { sealingKey } from '../support/sealing-key.ts'

const ROLE = 'arn:aws:iam::123456789012:role/ecr-read'
const HOST = '123456789012.dkr.ecr.eu-west-1.amazonaws.com'
const SECRET = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'
const ROLE_FLAGS = ['--all-runtimes', `--role=${ROLE}`, `--registry=${HOST}`, '--skip-test', '--yes']
const KEY_FLAGS = [
  '--access-key-id=AKIAIOSFODNN7EXAMPLE',
  '--region=eu-west-1',
  '--skip-test',
  '--yes',
  '-n',
  'everpull',
]

const fileOf = (name: string): string => `resources/all-runtimes-all-clusters/${name}/integration.yaml`

const runtime = (spec: string): string => `apiVersion: everpull.dev/v1alpha1\nkind: Runtime\nspec: ${spec}\n`

describe('integrations in scripts', { timeout: 300_000 }, () => {
  let server: GitServer
  let folder: string
  before(async () => {
    server = await GitServer.open()
    folder = await server.clone()
  })
  beforeEach(() => {
    server.setBeforePush(undefined)
    server.setFault(undefined)
  })
  after(() => server?.[Symbol.asyncDispose]())

  const as = ({ username, password }: typeof GIT_WRITER, changed: Readonly<Record<string, string>> = {}) => ({
    KUBECONFIG: '/nonexistent',
    HOME: '/nonexistent',
    AWS_REGION: '',
    AWS_DEFAULT_REGION: '',
    EVERPULL_GIT_CA_FILE: server.certificateAuthorityFile,
    GIT_AUTHOR_NAME: 'Script',
    GIT_AUTHOR_EMAIL: 'script@example.com',
    GIT_COMMITTER_NAME: 'Script',
    GIT_COMMITTER_EMAIL: 'script@example.com',
    EVERPULL_CONFIG_REPO: server.url,
    EVERPULL_GIT_USERNAME: username,
    EVERPULL_GIT_PASSWORD: password,
    ...changed,
  })

  async function integration(args: readonly string[], environment = as(GIT_WRITER)): Promise<Ended> {
    const command = [process.execPath, join(CHECKOUT, 'bin', 'everpull.js')] as const
    const ended = await runEverpull(
      { says: 'from the checkout', command, environment },
      'integration',
      ...args,
    )
    for (const secret of [SECRET, GIT_WRITER.password, GIT_READER.password]) {
      assert.ok(!(ended.out + ended.err).includes(secret), 'a secret was told')
    }
    return ended
  }

  /** Nothing is half-written: the branch stays where it was. */
  async function refused(code: number, says: RegExp, ...run: Parameters<typeof integration>): Promise<void> {
    const head = await server.head()
    const ended = await integration(...run)
    assert.match(ended.err, says)
    assert.equal(ended.code, code, ended.err)
    assert.equal(await server.head(), head)
  }

  it('is created, changed and deleted over HTTPS', async () => {
    const created = await integration(['create', 'one', ...ROLE_FLAGS])
    assert.equal(created.code, 0, created.err)
    assert.match(created.err, /^\+ +roleArn: arn:aws:iam::123456789012:role\/ecr-read$/m)
    const told = JSON.parse(created.out) as { readonly commit: string; readonly branch: string }
    assert.equal(told.commit, await server.head())
    assert.match(
      (await server.messages())[0] ?? '',
      /^Create the ECR integration one\n[^]*\nRegion: eu-west-1\n/,
    )

    assert.equal((await integration(['edit', 'one', '--external-id=ours', '--skip-test', '--yes'])).code, 0)
    assert.match((await server.files())[fileOf('one')] ?? '', /externalId: ours/)
    const again = await integration(['edit', 'one', '--external-id=ours', '--skip-test', '--yes'])
    assert.deepEqual(JSON.parse(again.out), { integration: 'one', change: 'none' })

    const gone = await integration(['delete', 'one', '--yes'])
    assert.equal(gone.code, 0, gone.err)
    assert.match(gone.err, /who uses one cannot be told: /)
    assert.equal((await server.files())[fileOf('one')], undefined)
  })

  it('seals an access key, and has its secret nowhere', async () => {
    const { certificate } = await sealingKey()
    await writeFile(join(folder, 'cert.pem'), certificate)
    await writeFile(join(folder, 'key.txt'), `${SECRET}\n`)
    const files = [
      `--cert=${join(folder, 'cert.pem')}`,
      `--secret-access-key-file=${join(folder, 'key.txt')}`,
    ]
    const { code, err } = await integration(['create', 'two', '--all-runtimes', ...KEY_FLAGS, ...files])
    assert.equal(code, 0, err)
    assert.match(err, /sealed for namespace everpull with the certificate of .*, SHA-256 [0-9A-F]{2}:/)
    const all = Object.values(await server.files()).join('') + (await server.messages()).join('')
    assert.match(all, /kind: SealedSecret/)
    assert.ok(!all.includes(SECRET))
    await rm(join(folder, 'key.txt'))

    const moved = await integration(['edit', 'two', '--share-with=team-a', '--skip-test', '--yes'])
    assert.equal(moved.code, 0, moved.err)
    assert.doesNotMatch(moved.err, /encryptedData/)
  })

  it('lies in the folder of the control planes where that is asked for, and can be moved', async () => {
    const flags = ['--control-planes', `--role=${ROLE}`, '--region=eu-central-1', `--registry=${HOST}`]
    const created = await integration(['create', 'three', ...flags, '--skip-test', '--yes'])
    assert.equal(created.code, 0, created.err)
    assert.match(created.err, /its region is eu-central-1, and its registries are in eu-west-1\n/)
    const before = 'resources/control-planes/three/integration.yaml'
    const text = (await server.files())[before]
    assert.ok(text !== undefined)
    const moved = await integration(['edit', 'three', '--all-runtimes', '--skip-test', '--yes'])
    assert.equal(moved.code, 0, moved.err)
    const files = await server.files()
    assert.deepEqual([files[before], files[fileOf('three')]], [undefined, text])
  })

  it('is called off by a signal while the server is waited for', async () => {
    server.setFault('hang')
    const asked = server.requests().length
    const command = [process.execPath, join(CHECKOUT, 'bin', 'everpull.js')] as const
    const start = { says: 'from the checkout', command, environment: as(GIT_WRITER) }
    const { child, ended } = startEverpull(start, ['integration', 'create', 'never', ...ROLE_FLAGS])
    await eventually('the server is asked', () => server.requests().length > asked, 60_000)
    child.kill('SIGINT')
    const { code, err } = await ended
    assert.deepEqual([code, err], [1, 'everpull: interrupted: nothing was changed\n'])
  })

  it('shows what a change would be, and makes none', async () => {
    const head = await server.head()
    const { code, out } = await integration(['create', 'dry', ...ROLE_FLAGS.slice(0, -1), '--dry-run'])
    assert.deepEqual([code, /^\+kind: EcrIntegration$/m.test(out)], [0, true])
    assert.equal(await server.head(), head)
  })

  it('says what the operator’s own Git sync would leave out', async () => {
    const alias = ['--registry=registry.example.com', '--region=eu-west-1', '--dry-run']
    const { code, err } = await integration(['create', 'aliased', ...ROLE_FLAGS.slice(0, -1), ...alias])
    assert.equal(code, 0, err)
    assert.match(err, /registry\.example\.com is no host of Amazon ECR: [^\n]*--config-repo\) skips/)
  })

  it('goes on top of what another writer pushed meanwhile', async () => {
    let times = 0
    server.setBeforePush(async () => {
      times += 1
      if (times === 1) await server.commit({ [fileOf('theirs')]: ambient('theirs') })
    })
    const { code, out, err } = await integration(['create', 'ours', ...ROLE_FLAGS])
    assert.equal(code, 0, err)
    assert.equal((JSON.parse(out) as { readonly retries: number }).retries, 1)
    const files = await server.files()
    assert.ok(fileOf('theirs') in files && fileOf('ours') in files)
  })

  it('gives up where others are always faster', async () => {
    let times = 0
    server.setBeforePush(async () => {
      times += 1
      await server.commit({ 'README.md': `${times}\n` })
    })
    const { code, err } = await integration(['create', 'late', ...ROLE_FLAGS])
    assert.equal(code, 1)
    assert.match(err, /everpull: .*(moved|another|pushed).*/)
    assert.equal((await server.files())[fileOf('late')], undefined)
  })

  it('overwrites nothing that another writer made of the same integration meanwhile', async () => {
    server.setBeforePush(async () => {
      server.setBeforePush(undefined)
      await server.commit({ [fileOf('both')]: ambient('both') })
    })
    const { code, err } = await integration(['create', 'both', ...ROLE_FLAGS])
    assert.equal(code, 1, err)
    assert.equal((await server.files())[fileOf('both')], ambient('both'))
  })

  it('works in a clone on disk, and leaves it as it was where the push is refused', async () => {
    const clone = await server.clone()
    const environment = as(GIT_WRITER, { EVERPULL_CONFIG_REPO: clone, EVERPULL_GIT_PASSWORD: '' })
    const { code, err } = await integration(['create', 'disk', ...ROLE_FLAGS], environment)
    assert.equal(code, 0, err)
    assert.equal((await server.git(clone, 'status', '--porcelain')).trim(), '')
    assert.equal((await server.git(clone, 'rev-parse', 'HEAD')).trim(), await server.head())
  })

  describe('is refused with what to do:', () => {
    it('flags that are missing, all at once', () =>
      refused(2, /missing: NAME[^]*missing: --all-runtimes[^]*missing: --mode[^]*missing: --yes/, ['create']))

    it('a name that is no DNS label', () =>
      refused(1, /NAME: "Ecr_Prod" is no DNS label/, ['create', 'Ecr_Prod', ...ROLE_FLAGS]))

    it('no repository', () =>
      refused(
        2,
        /missing: --repo PATH or URL, or EVERPULL_CONFIG_REPO/,
        ['create', 'x', ...ROLE_FLAGS],
        as(GIT_WRITER, { EVERPULL_CONFIG_REPO: '' }),
      ))

    it('a repository that is not there', () =>
      refused(1, /repository/, [
        'create',
        'x',
        ...ROLE_FLAGS,
        `--repo=${server.url.replace('config', 'other')}`,
      ]))

    it('a branch that is not there', () =>
      refused(1, /branch.*nothing-here/, [
        'create',
        'x',
        ...ROLE_FLAGS,
        `--repo=${server.url}?ref=nothing-here`,
      ]))

    it('a password that is wrong', () =>
      refused(
        1,
        /refused|password|credentials/,
        ['create', 'x', ...ROLE_FLAGS],
        as({ ...GIT_WRITER, password: 'another-password' }),
      ))

    it('a user who may only read', () =>
      refused(1, /everpull: /, ['create', 'x', ...ROLE_FLAGS], as(GIT_READER)))

    it('a user name in the URL', () =>
      refused(2, /--repo: .*leave them out/, [
        'create',
        'x',
        ...ROLE_FLAGS,
        `--repo=${server.url.replace('https://', 'https://a:b@')}`,
      ]))

    it('a region that is none', () =>
      refused(2, /--region: "Ireland" is no AWS region/, ['create', 'x', ...ROLE_FLAGS, '--region=Ireland']))

    it('a role without an account', () =>
      refused(2, /missing: --account ID, or the ARN of the role/, [
        'create',
        'x',
        '--all-runtimes',
        '--role=reader',
        '--region=eu-west-1',
        '--skip-test',
        '--yes',
      ]))

    it('a secret in the name of a flag', () =>
      refused(2, /unknown option '--secret-access-key/, [
        'create',
        'x',
        ...ROLE_FLAGS,
        '--secret-access-key=x',
      ]))

    it('a certificate that is none', async () => {
      const file = join(folder, 'none.pem')
      await writeFile(file, 'nothing')
      await refused(
        1,
        /--cert: .* holds no certificate in PEM/,
        ['create', 'x', '--all-runtimes', ...KEY_FLAGS, `--cert=${file}`],
        as(GIT_WRITER, { EVERPULL_SECRET_ACCESS_KEY: SECRET }),
      )
    })

    it('a certificate that has expired', async () => {
      const file = join(folder, 'old.pem')
      await writeFile(file, (await sealingKey({ notAfter: new Date('2021-01-01T00:00:00Z') })).certificate)
      await refused(
        1,
        /--cert: .* expired on 2021-01-01/,
        ['create', 'x', '--all-runtimes', ...KEY_FLAGS, `--cert=${file}`],
        as(GIT_WRITER, { EVERPULL_SECRET_ACCESS_KEY: SECRET }),
      )
    })

    it('a role for a runtime that is hosted elsewhere, and a key for one that is too old', async () => {
      await server.commit({
        'runtimes/hosted/everpull.yaml': runtime('{hosted: true}'),
        'runtimes/old/everpull.yaml': runtime('{version: 0.1.26, accessKeySince: 0.1.27}'),
      })
      const rest = [`--role=${ROLE}`, '--region=eu-west-1', '--skip-test', '--yes']
      await refused(1, /runtime hosted is hosted .*AWS account/, [
        'create',
        'x',
        '--selected-runtimes=hosted',
        ...rest,
      ])
      await refused(1, /from version 0\.1\.27 on, and it is 0\.1\.26/, [
        'create',
        'x',
        '--selected-runtimes=old',
        ...KEY_FLAGS,
        '--existing-secret=key',
      ])
      await server.commit({ 'runtimes/hosted/everpull.yaml': null, 'runtimes/old/everpull.yaml': null })
    })

    it('an integration that is there already, and one that is not', async () => {
      await server.commit({ [fileOf('there')]: ambient('there') })
      await refused(1, /has an integration there already/, ['create', 'there', ...ROLE_FLAGS])
      await refused(1, /there is no integration nowhere in .*it has .*there/, ['delete', 'nowhere', '--yes'])
    })

    it('an integration that somebody edited into nonsense', async () => {
      await server.commit({ [fileOf('broken')]: 'kind: [EcrIntegration\n' })
      await refused(1, /broken\/integration\.yaml .*put it right/, [
        'edit',
        'broken',
        '--external-id=ours',
        '--skip-test',
        '--yes',
      ])
      const listed = await integration(['list'])
      assert.match(listed.err, /broken\/integration\.yaml is no YAML/)
      assert.equal((await integration(['delete', 'broken', '--yes'])).code, 0)
    })
  })
})

const ambient = (name: string): string =>
  `apiVersion: everpull.dev/v1alpha1\nkind: EcrIntegration\nmetadata: {name: ${name}}\nspec: {region: eu-west-1, auth: {ambient: {}}}\n`

// This file is about kubeconfig files as people have them, and the service account of a pod.
import assert from 'node:assert/strict'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { stringify } from 'yaml'
import { ManualClock } from '../../test/support/manual-clock.ts'
import type { ClusterAccess, Presented } from './access.ts'
import { inClusterAccess, isInCluster } from './in-cluster.ts'
import { kubeconfigPath, loadKubeconfig } from './kubeconfig.ts'

let folder: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kubeconfig-'))
})
after(() => rm(folder, { recursive: true }))

let files = 0
async function aFile(content: unknown): Promise<string> {
  files += 1
  const path = join(folder, `config-${files}`)
  await writeFile(path, typeof content === 'string' ? content : stringify(content))
  return path
}

const base64 = (text: string): string => Buffer.from(text).toString('base64')

interface Parts {
  readonly cluster?: object
  readonly user?: object
  readonly context?: object
}

const aConfig = ({ cluster, user, context }: Parts = {}) => ({
  apiVersion: 'v1',
  kind: 'Config',
  'current-context': 'one',
  clusters: [{ name: 'c', cluster: { server: 'https://c.test:6443', ...cluster } }],
  users: [{ name: 'u', user: { ...user } }],
  contexts: [{ name: 'one', context: { cluster: 'c', user: 'u', ...context } }],
})

const clock = new ManualClock()
const load = async (parts: Parts, env = {}): Promise<ClusterAccess> =>
  loadKubeconfig(await aFile(aConfig(parts)), undefined, { clock, env })
const presentedBy = async (parts: Parts): Promise<Presented> => (await load(parts)).credential.current()

describe('a kubeconfig', () => {
  test('gives server, namespace, names and trust', async () => {
    const access = await load({
      cluster: {
        'certificate-authority-data': base64('PEM'),
        'tls-server-name': 'api',
        'insecure-skip-tls-verify': true,
        'proxy-url': 'http://p:1',
      },
      context: { namespace: 'team' },
    })
    const { credential, ...rest } = access
    assert.deepEqual(rest, {
      server: 'https://c.test:6443',
      serverName: 'api',
      insecureSkipTlsVerify: true,
      proxyUrl: 'http://p:1',
      namespace: 'team',
      inCluster: false,
    })
    assert.equal((await credential.current()).ca, 'PEM')
    assert.equal((await load({})).namespace, 'default')
  })

  test('logs in with a token, a token file, a password or a certificate', async () => {
    await writeFile(join(folder, 'token'), 'from-file\n')
    assert.equal((await presentedBy({ user: { token: 't' } })).authorization, 'Bearer t')
    assert.equal(
      (await presentedBy({ user: { token: 't', tokenFile: 'token' } })).authorization,
      'Bearer from-file',
    )
    const basic = await presentedBy({ user: { username: 'me', password: 'pw' } })
    assert.equal(basic.authorization, `Basic ${base64('me:pw')}`)
    const cert = await presentedBy({
      user: { 'client-certificate-data': base64('C'), 'client-key-data': base64('K') },
    })
    assert.deepEqual([cert.cert, cert.key, cert.authorization], ['C', 'K', undefined])
  })

  test('names files relative to itself, and reads them again after a minute', async () => {
    await writeFile(join(folder, 'ca.pem'), 'old')
    const { credential } = await load({ cluster: { 'certificate-authority': 'ca.pem' } })
    const first = await credential.current()
    await writeFile(join(folder, 'ca.pem'), 'new')
    assert.equal(await credential.current(), first)
    clock.advance(60_000)
    assert.equal((await credential.current()).ca, 'new')
  })

  test('merged from several files takes each name from the first that has it, and may miss some', async () => {
    const first = await aFile({
      'current-context': 'two',
      contexts: [{ name: 'two', context: { cluster: 'c', user: 'u' } }],
    })
    const second = await aFile(aConfig({ user: { token: 'second' } }))
    const third = await aFile(aConfig({ cluster: { server: 'https://never' }, user: { token: 'third' } }))
    const path = [first, join(folder, 'missing'), second, third].join(delimiter)
    const access = await loadKubeconfig(path, undefined, { clock })
    assert.equal(access.server, 'https://c.test:6443')
    assert.equal((await access.credential.current()).authorization, 'Bearer second')
    assert.equal((await loadKubeconfig(path, 'one', { clock })).server, 'https://c.test:6443')
  })

  test('that is wrong says what is missing, and never what is in it', async () => {
    const refused = async (content: unknown, context?: string): Promise<string> =>
      loadKubeconfig(await aFile(content), context, { clock }).then(
        () => assert.fail('it was taken'),
        (error: unknown) => String(error),
      )
    assert.match(await refused({}), /no context is chosen/)
    assert.match(await refused(aConfig(), 'other'), /no context named "other"/)
    assert.match(await refused({ ...aConfig(), clusters: [] }), /no cluster named "c"/)
    assert.match(await refused({ ...aConfig(), users: 'hunter22' }), /not a kubeconfig/)
    assert.doesNotMatch(await refused({ ...aConfig(), users: 'hunter22' }), /hunter22/)
    assert.doesNotMatch(await refused('users: [{ name: u, user: { token: hunter22'), /hunter22/)
    await assert.rejects(loadKubeconfig(join(folder, 'nowhere'), undefined, { clock }), /ENOENT/)
  })

  test('with an exec plugin runs it, once until it expires, and again when its token is refused', async () => {
    const plugin = join(folder, 'plugin.sh')
    await writeFile(
      plugin,
      `#!/bin/sh
echo run >> ${join(folder, 'runs')}
n=$(wc -l < ${join(folder, 'runs')})
echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"t'$((n))'"}}'
`,
    )
    await chmod(plugin, 0o755)
    const { credential } = await load({
      user: { exec: { apiVersion: 'client.authentication.k8s.io/v1', command: plugin } },
    })
    const first = await credential.current()
    assert.equal(first.authorization, 'Bearer t1')
    clock.advance(60_000)
    assert.equal((await credential.current()).authorization, 'Bearer t1')
    clock.advance(2000)
    assert.equal((await credential.renew(first)).authorization, 'Bearer t2')
  })

  test('is looked for where kubectl looks', () => {
    assert.equal(kubeconfigPath({ KUBECONFIG: '/a:/b' }), '/a:/b')
    assert.match(kubeconfigPath({}), /\.kube\/config$/)
  })
})

describe('in a pod', () => {
  const mounted = async (): Promise<string> => {
    const mount = await mkdtemp(join(folder, 'mount-'))
    await writeFile(join(mount, 'token'), 'one\n')
    await writeFile(join(mount, 'ca.crt'), 'CA')
    await writeFile(join(mount, 'namespace'), 'ops\n')
    return mount
  }
  const env = {
    KUBERNETES_SERVICE_HOST: '10.0.0.1',
    KUBERNETES_SERVICE_PORT: '6443',
    HTTPS_PROXY: 'http://p:1',
  }

  test('the mounted service account is used, and no proxy', async () => {
    const access = await inClusterAccess(env, { clock, mount: await mounted() })
    const { server, namespace, proxyUrl, inCluster } = access
    assert.deepEqual(
      [server, namespace, proxyUrl, inCluster],
      ['https://10.0.0.1:6443', 'ops', undefined, true],
    )
    assert.deepEqual(await access.credential.current(), { authorization: 'Bearer one', ca: 'CA' })
    const v6 = await inClusterAccess(
      { KUBERNETES_SERVICE_HOST: 'fd00::1' },
      { clock, mount: await mounted() },
    )
    assert.equal(v6.server, 'https://[fd00::1]:443')
  })

  test('a new token is seen within a minute, or when the old one is refused, by everyone in one look', async () => {
    const mount = await mounted()
    const { credential } = await inClusterAccess(env, { clock, mount })
    const first = await credential.current()
    await writeFile(join(mount, 'token'), 'two')
    assert.equal(await credential.current(), first)
    clock.advance(2000)
    const renewed = await Promise.all([
      credential.renew(first),
      credential.renew(first),
      credential.current(),
    ])
    assert.deepEqual(
      renewed.map(({ authorization }) => authorization),
      ['Bearer two', 'Bearer two', 'Bearer one'],
    )
    await writeFile(join(mount, 'token'), 'three')
    clock.advance(60_000)
    assert.equal((await credential.current()).authorization, 'Bearer three')
  })

  test('a file that cannot be read for a moment changes nothing; one that never could is told', async () => {
    const mount = await mounted()
    const { credential } = await inClusterAccess(env, { clock, mount })
    const first = await credential.current()
    await rm(join(mount, 'token'))
    clock.advance(60_000)
    assert.equal(await credential.current(), first)
    const never = await inClusterAccess(env, { clock, mount })
    await assert.rejects(
      Promise.resolve(never.credential.current()),
      /BadCredential|could not be read: ENOENT/,
    )
  })

  test('is known by its environment', async () => {
    assert.deepEqual([isInCluster(env), isInCluster({})], [true, false])
    await assert.rejects(inClusterAccess({}, { clock }), /not in a cluster/)
  })
})

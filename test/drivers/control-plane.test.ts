// This file is about what tests rely on in a control plane: who may log in, and what a restart keeps.
import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { ensureParts } from '../../sandbox/parts/ensure.ts'
import { runningProcess } from '../../sandbox/process.ts'
import { isAlive } from '../../sandbox/process-identity.ts'
import { waitFor } from '../../sandbox/wait.ts'
import { startControlPlane, type TestControlPlane } from '../support/control-plane.ts'

const run = promisify(execFile)

describe('a control plane', () => {
  let plane: TestControlPlane
  let elsewhere: string
  let kubectl: string
  before(async () => {
    plane = await startControlPlane({ audit: true })
    elsewhere = await mkdtemp(join(tmpdir(), 'everpull-kubeconfigs-'))
    kubectl = (await ensureParts(['kubectl'])).kubectl
  })
  after(async () => {
    await plane.stop()
    await rm(elsewhere, { recursive: true, force: true })
  })

  const as = async (text: string, ...args: string[]): Promise<string> => {
    const file = join(elsewhere, 'kubeconfig')
    await writeFile(file, text)
    const { stdout } = await run(kubectl, ['--kubeconfig', file, ...args])
    return stdout.trim()
  }

  test('answers kubectl with the admin kubeconfig', async () => {
    const { stdout } = await run(kubectl, [
      '--kubeconfig',
      plane.kubeconfig,
      'get',
      'namespaces',
      '--output=name',
    ])
    assert.match(stdout, /namespace\/default/)
  })

  test('knows a user and the groups by client certificate', async () => {
    const text = await plane.kubeconfigFor({ user: 'alice', groups: ['developers', 'testers'] })
    const who = JSON.parse(await as(text, 'auth', 'whoami', '--output=json')) as {
      status: { userInfo: { username: string; groups: string[] } }
    }
    assert.equal(who.status.userInfo.username, 'alice')
    assert.deepEqual(who.status.userInfo.groups.toSorted(), ['developers', 'system:authenticated', 'testers'])
  })

  test('denies a service account what no role grants', async () => {
    await waitFor(async () => (await plane.controlPlane.admin.call('GET', accountPath)).status === 200, {
      what: 'the default service account appears',
      limitMs: 30_000,
    })
    const text = await plane.kubeconfigFor({ serviceAccount: { namespace: 'default', name: 'default' } })
    await assert.rejects(
      as(text, 'get', 'secrets'),
      /User "system:serviceaccount:default:default" cannot list resource "secrets"/,
    )
  })

  test('keeps its address, its keys and its objects when the API server restarts', async () => {
    const text = await plane.kubeconfigFor({ serviceAccount: { namespace: 'default', name: 'default' } })
    await plane.controlPlane.admin.call('POST', '/api/v1/namespaces/default/configmaps', {
      metadata: { name: 'kept' },
    })
    await plane.restart('kube-apiserver')
    assert.match(await as(text, 'auth', 'whoami'), /system:serviceaccount:default:default/)
    const { status } = await plane.controlPlane.admin.call(
      'GET',
      '/api/v1/namespaces/default/configmaps/kept',
    )
    assert.equal(status, 200)
  })

  test('tells who asked what, and no body of a Secret', async () => {
    const secret = { metadata: { name: 'hidden' }, stringData: { password: 'correct-horse' } }
    await plane.controlPlane.admin.call('POST', '/api/v1/namespaces/default/secrets', secret)
    const asked = (await plane.requests()).find(({ name, verb }) => name === 'hidden' && verb === 'create')
    assert.deepEqual(asked && { ...asked, at: 0, until: 0 }, {
      user: 'admin',
      verb: 'create',
      path: '/api/v1/namespaces/default/secrets',
      resource: 'secrets',
      namespace: 'default',
      name: 'hidden',
      status: 201,
      at: 0,
      until: 0,
      agent: '',
    })
    const log = await readFile(join(plane.folder, 'logs', 'audit.log'), 'utf8')
    assert.doesNotMatch(log, /correct-horse|Y29ycmVjdC1ob3JzZ/)
  })

  const accountPath = '/api/v1/namespaces/default/serviceaccounts/default'
})

test('a control plane goes with the test process that started it, even when that is killed', async () => {
  const support = join(import.meta.dirname, '..', 'support', 'control-plane.ts')
  const script = `const { startControlPlane } = await import(${JSON.stringify(support)})
    console.log((await startControlPlane({ controllerManager: false })).folder); setInterval(() => {}, 1000)`
  const owner = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const folder = await new Promise<string>((resolve) =>
    owner.stdout.once('data', (line) => resolve(String(line).trim())),
  )
  const processes = ['etcd', 'kube-apiserver'].map((name) => runningProcess(folder, name))
  owner.kill('SIGKILL')
  await waitFor(() => !existsSync(folder), { what: 'the folder goes', limitMs: 30_000 })
  for (const process of processes) assert.equal(process !== undefined && isAlive(process), false)
})

// This file is about the pages for users of Argo CD: docs/how-to/move-from-argocd-ecr-updater.md on a cluster that the
// updater has served, then docs/how-to/argocd-paused-applications.md; every step is run as it is written.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { settings, variableOf } from '../../src/config/settings.ts'
import { established } from '../support/established.ts'
import { eventually } from '../support/eventually.ts'
import { CHECKOUT } from '../support/everpull-process.ts'
import { type Shell, startShell, stepsOf } from '../support/how-to.ts'
import { labelledSecret } from '../support/labelled-secrets.ts'
import { type AwsCallSeen, type SecretSeen, Stage } from '../support/stage.ts'
import { userEnvironment } from '../support/user-environment.ts'

const NAMESPACE = 'argocd'
const HOST = '123456789012.dkr.ecr.us-east-2.amazonaws.com'
const OPT_IN = { 'argocd-ecr-updater': 'enabled' }
const OLD = 'an-old-password'
/** The step that asks for new logins. */
const ASKING = '8. Ask for new logins now'
const TEMPLATE = { namespace: NAMESPACE, name: 'all-charts' }
/** Labelled as the updater wants it, and never served by it because of its kind. */
const IGNORED = { namespace: NAMESPACE, name: 'one-chart' }
/** Known by its name only. */
const NAMED = { namespace: NAMESPACE, name: 'repo-2529854065' }

const deployment = (namespace: string, name: string, fields: object = {}): string =>
  JSON.stringify({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { namespace, name, labels: { 'app.kubernetes.io/name': name } },
    spec: {
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name, image: name, ...fields }] },
      },
    },
  })

/** Of Argo CD's Applications, as far as rights need it. */
const APPLICATIONS = JSON.stringify({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'applications.argoproj.io' },
  spec: {
    group: 'argoproj.io',
    scope: 'Namespaced',
    names: { plural: 'applications', kind: 'Application' },
    versions: [
      { name: 'v1alpha1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } },
    ],
  },
})

/** All that the updaters can be told. */
const FOREIGN_SETTINGS = [
  '--interval',
  '--namespace',
  '--kubeconfig',
  'ARGOCD_ECR_UPDATER_INTERVAL',
  'ARGOCD_ECR_UPDATER_NAMESPACE',
  'ARGOCD_ECR_UPDATER_KUBECONFIG',
  'ARGOCD_REPO_SECRET_NAME',
  'ARGOCD_ECR_UPDATER_SYNC_CRON',
  'ARGOCD_ECR_REGISTRY',
  'ARGOCD_ECR_ROLE_ARN',
]

describe('the pages for users of Argo CD', { timeout: 300_000 }, () => {
  let stage: Stage
  let shell: Shell
  /** Secrets as the updater left them. */
  const left = new Map<string, SecretSeen>()

  /** Logins that AWS gave, once they are so many. */
  const asked = (times: number): Promise<readonly AwsCallSeen[]> =>
    eventually(
      `${times} logins were asked for`,
      async () => {
        const calls = await stage.calls('?operation=GetAuthorizationToken&outcome=ok')
        return calls.length >= times ? calls : undefined
      },
      30_000,
    )
  const secretOf = async (name: string): Promise<SecretSeen> =>
    (await stage.secret(NAMESPACE, name)) ?? assert.fail(`there is no Secret ${name}`)

  before(async () => {
    stage = await Stage.open({ crds: false })
    await stage.namespace(NAMESPACE)
    const more = { username: 'AWS', password: OLD }
    for (const secret of [
      { ...TEMPLATE, kind: 'repo-creds', optIn: OPT_IN, more },
      { ...IGNORED, kind: 'repository', optIn: OPT_IN },
      { ...NAMED, kind: 'repository', optIn: {}, more },
    ]) {
      await stage.apply(labelledSecret({ ...secret, url: HOST }))
      left.set(secret.name, await secretOf(secret.name))
    }
    const args = ['--interval=6h', `--namespace=${NAMESPACE}`]
    const env = [{ name: 'ARGOCD_REPO_SECRET_NAME', value: NAMED.name }]
    await stage.apply(deployment(NAMESPACE, 'argocd-ecr-updater', { args, env }))
    const { accessKeyId, secretAccessKey } = stage.sandbox.aws.principals.bot
    shell = startShell(stage.sandbox.folder, {
      ...(await userEnvironment(stage)),
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
    })
  })
  after(async () => {
    shell?.close()
    await stage?.[Symbol.asyncDispose]()
  })

  describe('docs/how-to/move-from-argocd-ecr-updater.md', () => {
    test('tells of every setting there is, and of none of ours that there is not', () => {
      const page = readFileSync(join(CHECKOUT, 'docs/how-to/move-from-argocd-ecr-updater.md'), 'utf8')
      for (const name of FOREIGN_SETTINGS) assert.ok(page.includes(`\`${name}\``), name)
      const flags: readonly string[] = Object.values(settings).map(({ flag }) => `--${flag}`)
      const variables: readonly string[] = Object.values(settings).map(variableOf)
      const told = page.slice(page.indexOf('## What becomes'), page.indexOf('## 1.'))
      const ours = [...told.matchAll(/`(--[a-z-]+|EVERPULL_[A-Z_]+)/g)].map(([, name = '']) => name)
      const unknown = ours.filter((name) => ![...flags, ...variables, ...FOREIGN_SETTINGS].includes(name))
      assert.deepEqual(unknown, [])
      assert.ok(ours.length > FOREIGN_SETTINGS.length / 2, ours.join())
    })

    for (const { title, script } of stepsOf('how-to/move-from-argocd-ecr-updater')) {
      test(title, { timeout: 120_000 }, () => shell.run(script))
      if (title === ASKING) test('they are asked for', async () => void (await asked(2)))
    }

    test('every Secret holds a login of the bot’s, and is what it was otherwise', async () => {
      for (const { name } of [TEMPLATE, IGNORED, NAMED]) {
        const was = left.get(name) ?? assert.fail(name)
        const now = await secretOf(name)
        assert.equal(now.data['username'], 'AWS')
        assert.ok(![undefined, '', OLD].includes(now.data['password']), name)
        assert.deepEqual(
          { ...now.data, username: '', password: '' },
          { ...was.data, username: '', password: '' },
        )
        assert.equal(now.metadata.uid, was.metadata.uid)
      }
      for (const { principal } of await asked(2)) assert.ok(principal.endsWith('bot'), principal)
    })

    test('nothing of the updater is left', async () => {
      const kinds = 'deployment,serviceaccount,role,rolebinding'
      const selector = 'app.kubernetes.io/name=argocd-ecr-updater'
      assert.equal((await stage.kubectl('get', kinds, '-n', NAMESPACE, '-l', selector)).trim(), '')
    })
  })

  describe('docs/how-to/argocd-paused-applications.md', () => {
    const PATCHING = ['patch', 'applications.argoproj.io', '--as=system:serviceaccount:everpull:everpull']
    const mayPatch = (namespace: string): Promise<boolean> =>
      stage.kubectl('auth', 'can-i', ...PATCHING, '-n', namespace).then(
        () => true,
        () => false,
      )

    before(async () => {
      await stage.apply(deployment('everpull', 'everpull'))
      await stage.apply(APPLICATIONS)
      await established((...args) => stage.kubectl(...args))
      assert.ok(!(await mayPatch(NAMESPACE)))
    })

    for (const { title, script } of stepsOf('how-to/argocd-paused-applications'))
      test(title, { timeout: 120_000 }, () => shell.run(script))

    test('it has the right where Argo CD is, and nowhere else, and is told to use it', async () => {
      assert.deepEqual([await mayPatch(NAMESPACE), await mayPatch('default')], [true, false])
      const env = '--output=jsonpath={.spec.template.spec.containers[0].env[*].name}'
      const names = await stage.kubectl('get', 'deployment', 'everpull', '-n', 'everpull', env)
      assert.deepEqual(names.split(' '), [variableOf(settings.nudgeArgocd)])
    })
  })
})

// This file is about the roles printed for our own API alone, or for labelled Secrets alone: they are enough, and nothing is refused.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { eventually } from '../support/eventually.ts'
import { labelledSecret, sharedIntegration } from '../support/labelled-secrets.ts'
import { LinkedAccounts } from '../support/linked-accounts.ts'
import { LINKED_HOST } from '../support/linking-logins.ts'
import { type RunningOperator, Stage } from '../support/stage.ts'

interface Request {
  readonly verb: string
  readonly requestURI: string
  readonly responseStatus?: { readonly code?: number }
}

const forms: readonly (readonly [string, ...string[]])[] = [
  ['our own API', '--dialect=everpull'],
  [
    'our own API in one namespace without the drift watch',
    '--dialect=everpull',
    '--namespace=team-a',
    '--drift-watch=false',
  ],
  ['labelled Secrets alone', '--dialect=argocd'],
  [
    'labelled Secrets in their namespace without the drift watch',
    '--dialect=argocd',
    '--namespace=argocd',
    '--drift-watch=false',
  ],
]

const login = (metadata: object, spec: object): string =>
  JSON.stringify({
    apiVersion: 'everpull.dev/v1alpha1',
    kind: 'namespace' in metadata ? 'RegistryLogin' : 'ClusterRegistryLogin',
    metadata,
    spec: { registries: [{ host: LINKED_HOST }], ...spec },
  })

const linked = { dockerConfig: { merge: true }, link: { serviceAccounts: { names: ['default'] } } }

for (const [what, ...flags] of forms) {
  describe(`the roles for ${what}`, () => {
    let stage: Stage
    let operator: RunningOperator

    before(async () => {
      stage = await Stage.open({ audit: true, collectsGarbage: true })
      for (const namespace of ['team-a', 'argocd']) await stage.namespace(namespace)
      // The stage gives every right; these are about fewer.
      const given = '--selector=app.kubernetes.io/name=everpull'
      await stage.kubectl('delete', 'clusterroles,clusterrolebindings', given)
      await stage.kubectl('delete', 'roles,rolebindings', given, '--all-namespaces')
      await stage.apply(await stage.everpull('rbac', ...flags))
      operator = await stage.startOperator([...flags, '--leader-elect'])
      await operator.ready()
      await stage.apply(sharedIntegration('default', ['team-a', 'argocd']))
    })
    after(() => stage[Symbol.asyncDispose]())

    if (flags.includes('--dialect=argocd')) {
      it('let it keep a labelled Secret fresh', async () => {
        await stage.apply(labelledSecret({ namespace: 'argocd', name: 'charts', url: LINKED_HOST }))
        await stage.secretWhere('argocd', 'charts', 'has a login', ({ data }) => data['username'] === 'AWS')
      })
    } else {
      it('let it serve namespaces, link their accounts and let go of them', async () => {
        const accounts = new LinkedAccounts(stage, 'team-a')
        const outputs = [{ secretName: 'pull', ...linked }]
        await stage.apply(login({ name: 'everywhere' }, { namespaces: { names: ['team-*'] }, outputs }))
        await accounts.where('default', ['pull'], ['pull'])
        await stage.kubectl('delete', 'clusterregistrylogin', 'everywhere', '--timeout=30s')
        await accounts.where('default', [], [])
      })

      it('let it hold an integration in use, and let it go with its last user', async () => {
        const outputs = [{ secretName: 'plain', basicAuth: {} }]
        await stage.apply(login({ namespace: 'team-a', name: 'plain' }, { outputs }))
        await stage.secretWhere('team-a', 'plain', 'exists', () => true)
        const finalizers = (): Promise<string> =>
          stage.kubectl(
            'get',
            'ecrintegration/default',
            '--ignore-not-found',
            '--output=jsonpath={.metadata.finalizers[*]}',
          )
        await eventually('the integration is held', async () => (await finalizers()) !== '')
        await stage.kubectl('delete', 'ecrintegration', 'default', '--wait=false')
        await stage.kubectl('delete', 'registrylogin', 'plain', '--namespace=team-a')
        await stage.kubectl('wait', '--for=delete', 'ecrintegration/default', '--timeout=30s')
      })
    }

    it('refuse it nothing it asks for', async () => {
      assert.equal(await operator.stop(), 0)
      const log = await readFile(join(stage.sandbox.folder, 'logs', 'audit.log'), 'utf8')
      const requests = log
        .split('\n')
        .filter((line) => line.includes('system:serviceaccount:everpull:everpull'))
        .map((line) => JSON.parse(line) as Request)
      assert.ok(requests.length > 10)
      const refused = requests.filter(({ responseStatus }) => responseStatus?.code === 403)
      assert.deepEqual(
        refused.map(({ verb, requestURI }) => `${verb} ${requestURI}`),
        [],
      )
    })
  })
}

// This file is about the printed roles being enough: in each of their forms the operator works and is refused nothing.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { eventually } from '../support/eventually.ts'
import { LinkedAccounts } from '../support/linked-accounts.ts'
import { KEY_SECRET, linkedOutput, linkingLogin } from '../support/linking-logins.ts'
import { clusterExternalSecret, externalSecret, generator, keysIn } from '../support/orders.ts'
import { harnessRecipe, argoRepository, mobbRecipe } from '../support/recipes.ts'
import { type RunningOperator, Stage } from '../support/stage.ts'

interface Request {
  readonly verb: string
  readonly requestURI: string
  readonly responseStatus?: { readonly code?: number }
}
/** What external-secrets leaves on a namespace. */
const LEFT = '{"metadata":{"finalizers":["externalsecrets.external-secrets.io/ces-everywhere"]}}'

const isRefused = ({ responseStatus }: Request): boolean => responseStatus?.code === 403

const forms: readonly (readonly [string, ...string[]])[] = [
  ['the whole cluster'],
  ['two namespaces', '--namespace=team-a,argocd'],
  ['two namespaces without the drift watch', '--namespace=team-a,argocd', '--drift-watch=false'],
]

for (const [what, ...flags] of forms) {
  describe(`the roles for ${what}`, () => {
    let stage: Stage
    let operator: RunningOperator

    before(async () => {
      stage = await Stage.open({ audit: true, collectsGarbage: true })
      for (const namespace of ['team-a', 'argocd']) await stage.namespace(namespace)
      await stage.apply(await stage.everpull('rbac', ...flags))
      if (flags.length > 0) await takeClusterWideRolesAway()
      await giveCredentials()
      operator = await stage.startOperator([...flags, '--leader-elect'], {
        AWS_ACCESS_KEY_ID: '',
        AWS_SECRET_ACCESS_KEY: '',
      })
      await operator.ready()
    })
    after(() => stage[Symbol.asyncDispose]())

    /** The stage gives every right; these are about fewer. */
    const takeClusterWideRolesAway = async (): Promise<void> => {
      for (const kind of ['clusterrolebinding', 'clusterrole']) {
        await stage.kubectl('delete', kind, 'everpull:everpull')
      }
    }

    /** In the operator's own namespace, which is none of those served. */
    const giveCredentials = async (): Promise<void> => {
      const { accessKeyId, secretAccessKey } = stage.sandbox.aws.principals.bot
      const metadata = { namespace: 'everpull', name: 'aws-ecr-cloud-credentials' }
      const stringData = { aws_access_key_id: accessKeyId, aws_secret_access_key: secretAccessKey }
      await stage.apply(JSON.stringify({ apiVersion: 'v1', kind: 'Secret', metadata, stringData }))
    }

    it('let it keep the Secrets of both dialects', async () => {
      await stage.credentialSecret('argocd')
      await stage.apply(argoRepository('argocd'))
      await stage.apply(harnessRecipe({ namespace: 'argocd' }))
      await stage.apply(mobbRecipe('team-a'))
      await stage.secretWhere('team-a', 'ecr-docker-secret', 'exists', () => true)
      await stage.secretWhere(
        'argocd',
        'repo-2529854065',
        'has a new password',
        ({ data }) => data['password'] !== 'an-old-password',
      )
    })

    it('let it keep an ExternalSecret in each namespace it serves and in no other', async () => {
      for (const namespace of ['team-a', 'argocd', 'elsewhere']) {
        await stage.namespace(namespace)
        await stage.credentialSecret(namespace, 'bot')
        await stage.apply(generator({ namespace, name: 'of-bot' }, keysIn('bot')))
      }
      await stage.kubectl('patch', 'namespace', 'team-a', '--type=merge', '--patch', LEFT)
      const name = 'everywhere'
      const namespaces = ['team-a', 'argocd', ...(flags.length === 0 ? ['elsewhere'] : [])]
      const spec = { namespaces: ['team-a', 'argocd', 'elsewhere'] }
      await stage.apply(clusterExternalSecret({ name, generator: 'of-bot', spec }))
      for (const namespace of namespaces) await stage.secretWhere(namespace, name, 'exists', () => true)
      await stage.kubectl('wait', '--for=condition=Ready', `clusterexternalsecret/${name}`, '--timeout=20s')
      const provisioned = await stage.kubectl(
        'get',
        `clusterexternalsecret/${name}`,
        '--output=jsonpath={.status.provisionedNamespaces[*]}',
      )
      assert.deepEqual(provisioned.split(' '), namespaces.toSorted())
      await eventually('team-a has lost the finalizer that was left there', async () => {
        const left = await stage.kubectl(
          'get',
          'namespace/team-a',
          '--output=jsonpath={.metadata.finalizers[*]}',
        )
        return left === ''
      })
      await stage.kubectl('delete', `clusterexternalsecret/${name}`)
      const children = (): Promise<string> =>
        stage.kubectl('get', 'externalsecrets', '--all-namespaces', `--field-selector=metadata.name=${name}`)
      await eventually('its ExternalSecrets are gone', async () => (await children()) === '', 60_000)
    })

    it('let it link a service account, and unlink it', async () => {
      const accounts = new LinkedAccounts(stage, 'team-a')
      await stage.credentialSecret('team-a', KEY_SECRET)
      await stage.apply(linkingLogin('team-a', 'linking', linkedOutput('linked', { names: ['default'] })))
      await accounts.where('default', ['linked'], ['linked'])
      await stage.kubectl('delete', 'registrylogin', 'linking', '-n', 'team-a')
      await accounts.where('default', [], [])
    })

    it('let it say so', async () => {
      await stage.kubectl(
        'wait',
        '--namespace=team-a',
        '--for=condition=Ready',
        'secrets.ecr.mobb.redhat.com/ecr-secret',
        '--timeout=20s',
      )
      const events = (): Promise<string> => stage.kubectl('get', 'events', '-n', 'team-a', '--output=name')
      await eventually('an event', async () => (await events()) !== '')
    })

    it('refuse it nothing it asks for', async () => {
      assert.equal(await operator.stop(), 0)
      const log = await readFile(join(stage.sandbox.folder, 'logs', 'audit.log'), 'utf8')
      const requests = log
        .split('\n')
        .filter((line) => line.includes('system:serviceaccount:everpull:everpull'))
      assert.ok(requests.length > 10)
      const refused = requests.map((line) => JSON.parse(line) as Request).filter(isRefused)
      assert.deepEqual(
        refused.map(({ verb, requestURI }) => `${verb} ${requestURI}`),
        [],
      )
    })

    if (flags.length > 0) {
      it('serve what is in namespaces also without the role for what is not, and say so', async () => {
        for (const kind of ['clusterrolebinding', 'clusterrole']) {
          await stage.kubectl('delete', kind, 'everpull:everpull:cluster-scoped')
        }
        const limited = await stage.startOperator(flags)
        const said = await limited.logged('a kind may not be watched: apply the output of "everpull rbac"')
        assert.match(String(said['kind']), /^(ClusterExternalSecret|ClusterGenerator|Namespace)$/)
        await stage.apply(externalSecret({ namespace: 'argocd', name: 'still', generator: 'of-bot' }))
        await stage.secretWhere('argocd', 'still', 'exists', () => true)
        assert.equal(await limited.stop(), 0)
      })
    }
  })
}

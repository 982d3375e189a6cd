// This file is about the pages that move manifests of other tools to our own API: every step is run as it is written.
import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { ensureParts } from '../../sandbox/parts/ensure.ts'
import { CHECKOUT, systemEnvironment } from '../support/everpull-process.ts'
import { type Shell, startShell, stepsOf } from '../support/how-to.ts'
import { externalSecret, generator, keysIn } from '../support/orders.ts'
import { mobbRecipe } from '../support/recipes.ts'
import { Stage } from '../support/stage.ts'

const REGION = 'us-east-2'
const HOST = `123456789012.dkr.ecr.${REGION}.amazonaws.com`

/** What a tool left in a namespace before it was stopped. */
const oldSecret = (namespace: string, name: string): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { namespace, name },
    type: 'kubernetes.io/dockerconfigjson',
    stringData: { '.dockerconfigjson': JSON.stringify({ auths: { [HOST]: { auth: 'QVdTOm9sZA==' } } }) },
  })

interface Account {
  readonly imagePullSecrets?: readonly { readonly name: string }[]
}

describe('pages that move to our own API', { timeout: 300_000 }, () => {
  let stage: Stage
  let folder: string
  let shell: Shell

  before(async () => {
    stage = await Stage.open({ collectsGarbage: true })
    folder = await mkdtemp(join(tmpdir(), 'everpull-convert-'))
    await mkdir(join(folder, 'bin'))
    const { kubectl } = await ensureParts(['kubectl'])
    await symlink(kubectl, join(folder, 'bin', 'kubectl'))
    await symlink(join(CHECKOUT, 'bin', 'everpull.js'), join(folder, 'bin', 'everpull'))
    const environment = systemEnvironment()
    shell = startShell(folder, {
      ...environment,
      PATH: `${join(folder, 'bin')}:${environment['PATH'] ?? ''}`,
      KUBECONFIG: stage.sandbox.kubeconfigPath,
      HOME: folder,
    })
    await (await stage.startOperator()).ready()
  })
  after(async () => {
    shell.close()
    await stage[Symbol.asyncDispose]()
    await rm(folder, { recursive: true, force: true })
  })

  const eachStep = (page: string): void => {
    for (const { title, script } of stepsOf(`how-to/${page}`)) it(title, () => shell.run(script))
  }

  /** The uid stays, and the login is a new one of the bot's. */
  async function isRenewed(namespace: string, name: string, uid: string | undefined): Promise<void> {
    const secret = await stage.secret(namespace, name)
    assert.equal(secret?.metadata.uid, uid)
    const { auths } = JSON.parse(secret?.data['.dockerconfigjson'] ?? '{}') as {
      auths?: Record<string, { password?: string }>
    }
    const { password = '' } = auths?.[HOST] ?? {}
    assert.ok((await stage.knownSecrets()).includes(password), `${namespace}/${name}`)
  }

  const uidOf = async (namespace: string, name: string): Promise<string | undefined> =>
    (await stage.secret(namespace, name))?.metadata.uid

  describe('docs/how-to/move-from-ecr-login-renew.md', () => {
    const uids = new Map<string, string | undefined>()
    before(async () => {
      for (const name of ['ecr-renew', 'team-a', 'team-b', 'team-x']) await stage.namespace(name)
      await stage.credentialSecret('ecr-renew', 'aws-login')
      await stage.apply(LOGIN_RENEW)
      for (const name of ['team-a', 'team-b']) {
        await stage.apply(oldSecret(name, 'regcred'))
        uids.set(name, await uidOf(name, 'regcred'))
      }
    })
    eachStep('move-from-ecr-login-renew')

    it('the Secrets are the ones that were there, with new logins, and none is where none was wanted', async () => {
      for (const [namespace, uid] of uids) await isRenewed(namespace, 'regcred', uid)
      assert.equal(await stage.secret('team-x', 'regcred'), undefined)
    })
  })

  describe('docs/how-to/move-from-registry-creds.md', () => {
    let uid: string | undefined
    before(async () => {
      await stage.apply(REGISTRY_CREDS(stage.sandbox.aws.principals.bot))
      await stage.apply(oldSecret('default', 'awsecr-cred'))
      uid = await uidOf('default', 'awsecr-cred')
    })
    eachStep('move-from-registry-creds')

    it('the Secret is the one that was there, and the default account of every namespace names it', async () => {
      await isRenewed('default', 'awsecr-cred', uid)
      const account = await stage.get<Account>('serviceaccount', 'default', '-n', 'team-x')
      assert.deepEqual(account?.imagePullSecrets, [{ name: 'awsecr-cred' }])
      assert.equal(await stage.secret('kube-system', 'awsecr-cred'), undefined)
    })
  })

  describe('docs/how-to/turn-manifests-into-logins.md', () => {
    const uids = new Map<string, string | undefined>()
    before(async () => {
      await stage.namespace('apps')
      await stage.credentialSecret('apps')
      await stage.apply(
        generator({ namespace: 'apps', name: 'gen' }, { region: REGION, ...keysIn('awssm-secret') }),
      )
      await stage.apply(
        externalSecret({ namespace: 'apps', name: 'charts', generator: 'gen', target: DOCKER }),
      )
      await stage.apply(mobbRecipe('apps', REGION))
      for (const name of ['charts', 'ecr-docker-secret']) {
        await stage.secretWhere('apps', name, 'exists', () => true)
        uids.set(name, await uidOf('apps', name))
      }
    })
    eachStep('turn-manifests-into-logins')

    it('the Secrets are the ones that were there, with new logins', async () => {
      for (const [name, uid] of uids) await isRenewed('apps', name, uid)
    })
  })
})

const AUTH = '{{ printf "%s:%s" .username .password | b64enc }}'
const ENTRY = `{"username":"{{ .username }}","password":"{{ .password }}","auth":"${AUTH}"}`
const DOCKER = {
  template: {
    type: 'kubernetes.io/dockerconfigjson',
    data: { '.dockerconfigjson': `{"auths":{"${HOST}":${ENTRY}}}` },
  },
}

const LOGIN_RENEW = `
apiVersion: batch/v1
kind: CronJob
metadata: {name: ecr-login-renew, namespace: ecr-renew}
spec:
  schedule: 0 */6 * * *
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
          containers:
          - name: renew
            image: nabsul/k8s-ecr-login-renew:v1.7.2
            env:
            - {name: AWS_REGION, value: ${REGION}}
            - {name: DOCKER_SECRET_NAME, value: regcred}
            - {name: TARGET_NAMESPACE, value: "team-*"}
            - {name: EXCLUDE_NAMESPACE, value: team-x}
            - {name: DOCKER_REGISTRIES, value: "https://${HOST}"}
            - {name: AWS_ACCESS_KEY_ID, valueFrom: {secretKeyRef: {name: aws-login, key: access-key}}}
            - {name: AWS_SECRET_ACCESS_KEY, valueFrom: {secretKeyRef: {name: aws-login, key: secret-access-key}}}
`

const REGISTRY_CREDS = (bot: { readonly accessKeyId: string; readonly secretAccessKey: string }): string => `
apiVersion: v1
kind: Secret
metadata: {name: registry-creds-ecr, namespace: kube-system}
stringData:
  AWS_ACCESS_KEY_ID: ${bot.accessKeyId}
  AWS_SECRET_ACCESS_KEY: ${bot.secretAccessKey}
  aws-account: "123456789012"
  aws-region: ${REGION}
  aws-assume-role: changeme
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: registry-creds, namespace: kube-system}
spec:
  selector: {matchLabels: {app: registry-creds}}
  template:
    metadata: {labels: {app: registry-creds}}
    spec:
      containers:
      - name: registry-creds
        image: upmcenterprises/registry-creds:1.10
        env:
        - {name: AWS_ACCESS_KEY_ID, valueFrom: {secretKeyRef: {name: registry-creds-ecr, key: AWS_ACCESS_KEY_ID}}}
        - {name: AWS_SECRET_ACCESS_KEY, valueFrom: {secretKeyRef: {name: registry-creds-ecr, key: AWS_SECRET_ACCESS_KEY}}}
        - {name: awsaccount, valueFrom: {secretKeyRef: {name: registry-creds-ecr, key: aws-account}}}
        - {name: awsregion, valueFrom: {secretKeyRef: {name: registry-creds-ecr, key: aws-region}}}
        - {name: aws_assume_role, valueFrom: {secretKeyRef: {name: registry-creds-ecr, key: aws-assume-role}}}
`

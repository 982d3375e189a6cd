// This file is about exercising what is done with Secrets, service accounts and events.
import { SECRETS, SERVICE_ACCOUNTS } from '../../../src/kube/resource.ts'
import { LINKED_HOST } from '../linking-logins.ts'
import { keysIn } from '../orders.ts'
import { ACCOUNT, APPS, ARGOCD, type Seen } from './bench.ts'
import type { Exercise, Trial } from './exercise.ts'
import { APPLICATION } from './foreign-kinds.ts'
import { ES, esSpec, INTEGRATION, integrationSpec, LOGIN, loginSpec, makeEs } from './orders.ts'

const TAMPERED = Buffer.from('tampered').toString('base64')
const isRepaired = ({ password }: Readonly<Record<string, string>>): boolean =>
  password !== undefined && password !== TAMPERED

const tamper = (at: Trial, name: string, namespace = APPS): Promise<Seen> =>
  at.bench.patch(SECRETS, { namespace, name }, { data: { password: TAMPERED } })

const drift: Exercise = {
  name: 'drift',
  takes: ['list secrets', 'watch secrets', 'update secrets', 'get secrets'],
  run: async (at) => {
    await makeEs(at)
    await at.ready(ES, at.id, APPS)
    // Whatever its own status leads to is over when an order that came later is served.
    const later = `${at.id}-later`
    await at.bench.create(ES, { metadata: { namespace: APPS, name: later }, spec: esSpec() })
    await at.ready(ES, later, APPS)
    await tamper(at, at.id)
    await at.secret(at.id, isRepaired, { what: 'its Secret is repaired' })
  },
}

/** Its Secret goes with it. */
const deletion: Exercise = {
  name: 'deletion',
  takes: ['delete secrets', 'patch externalsecrets.external-secrets.io'],
  run: async (at) => {
    await makeEs(at, esSpec(undefined, undefined, { target: { deletionPolicy: 'Delete' } }))
    await at.secret(at.id)
    await at.bench.delete(ES, { namespace: APPS, name: at.id })
    await at.until('it is gone with its Secret', async () => {
      const where = { namespace: APPS, name: at.id }
      return (
        (await at.bench.get(SECRETS, where)) === undefined && (await at.bench.get(ES, where)) === undefined
      )
    })
  },
}

/** A key of the operator's own namespace. */
const ownCredentials: Exercise = {
  name: 'own-credentials',
  takes: ['get secrets'],
  run: async (at) => {
    const { accessKeyId, secretAccessKey } = at.bench.stage.sandbox.aws.principals.bot
    await at.bench.create(SECRETS, {
      metadata: { namespace: ACCOUNT.namespace, name: at.id },
      stringData: { aws_access_key_id: accessKeyId, aws_secret_access_key: secretAccessKey },
    })
    const auth = { accessKey: { secretName: at.id } }
    await at.bench.create(INTEGRATION, { metadata: { name: at.id }, spec: integrationSpec({ auth }) })
    await at.ready(INTEGRATION, at.id)
  },
}

const labelled: Exercise = {
  name: 'labelled-secret',
  takes: ['get secrets', 'list secrets', 'watch secrets', 'update secrets'],
  run: async (at) => {
    const labels = { 'argocd.argoproj.io/secret-type': 'repository', 'everpull.dev/argocd': 'enabled' }
    await at.bench.create(SECRETS, {
      metadata: { namespace: ARGOCD, name: at.id, labels },
      stringData: { url: LINKED_HOST, type: 'helm', enableOCI: 'true' },
    })
    await at.secret(at.id, ({ password }) => password !== undefined, { namespace: ARGOCD })
  },
}

/** What pauses an Application, as Argo CD words it. */
const PAUSED = 'Manifest generation error (cached): no login'

const nudge: Exercise = {
  name: 'nudge',
  takes: ['list applications.argoproj.io', 'patch applications.argoproj.io'],
  run: async (at) => {
    const application = { namespace: ARGOCD, name: at.id }
    const conditions = [{ type: 'ComparisonError', message: PAUSED }]
    await at.bench.create(APPLICATION, { metadata: application, status: { conditions } })
    await makeEs(at, esSpec(), {}, ARGOCD)
    await at.until('the Application is asked to look again', async () => {
      const { annotations = {} } = (await at.bench.get(APPLICATION, application))?.metadata ?? {}
      return annotations['argocd.argoproj.io/refresh'] === 'hard'
    })
  },
}

const listsIn = (account: Seen | undefined): readonly string[] =>
  ((account as { imagePullSecrets?: readonly { name: string }[] } | undefined)?.imagePullSecrets ?? []).map(
    ({ name }) => name,
  )

const linked = (at: Trial) =>
  at.bench.create(LOGIN, {
    metadata: { namespace: APPS, name: at.id },
    spec: loginSpec(at.id, {}, { link: { serviceAccounts: { names: [at.id] } } }),
  })

/** The account comes when it is linked already. */
const link: Exercise = {
  name: 'link',
  takes: ['list serviceaccounts', 'watch serviceaccounts', 'patch serviceaccounts'],
  anyway: {
    'patch serviceaccounts': 'its Secret is written',
    'list serviceaccounts': 'its Secret is written',
  },
  run: async (at) => {
    await linked(at)
    await at.secret(at.id)
    await at.until('it says that the account is missing', async () => {
      const { status } = (await at.bench.get(LOGIN, { namespace: APPS, name: at.id })) ?? {}
      return JSON.stringify(status ?? {}).includes('"missing"')
    })
    await at.account(at.id)
    await at.until('the account names the Secret', async () =>
      listsIn(await at.bench.get(SERVICE_ACCOUNTS, { namespace: APPS, name: at.id })).includes(at.id),
    )
  },
}

/** Edited without end, so that the operator's writes are behind: it then reads what is there. */
const contendedLink: Exercise = {
  name: 'contended-link',
  takes: ['get serviceaccounts'],
  run: async (at) => {
    const account = { namespace: APPS, name: at.id }
    await at.account(at.id)
    await linked(at)
    let count = 0
    const edit = async (): Promise<void> => {
      count += 1
      const imagePullSecrets = count % 2 === 0 ? [] : [{ name: 'other' }]
      await at.bench.patch(SERVICE_ACCOUNTS, account, { imagePullSecrets })
    }
    await at.until('the account was read', async () => {
      await Promise.all([edit(), edit(), edit(), edit()])
      return at.bench.asked
        .all()
        .some(
          ({ right, name, status }) => right === 'get serviceaccounts' && name === at.id && status === 200,
        )
    })
  },
}

const identity: Exercise = {
  name: 'service-account-role',
  takes: ['list serviceaccounts', 'watch serviceaccounts', 'create serviceaccounts/token'],
  run: async (at) => {
    await at.account(at.id)
    const auth = { jwt: { serviceAccountRef: { name: at.id } } }
    await at.bench.create(
      {
        ...ES,
        group: 'generators.external-secrets.io',
        version: 'v1alpha1',
        kind: 'ECRAuthorizationToken',
        plural: 'ecrauthorizationtokens',
      },
      { metadata: { namespace: APPS, name: at.id }, spec: { region: 'us-west-1', auth } },
    )
    await makeEs(at, esSpec(undefined, at.id))
    await at.until('it says that the account has no role', async () =>
      ((await at.bench.get(ES, { namespace: APPS, name: at.id }))?.status?.conditions ?? []).some(
        ({ message }) => message.includes('eks.amazonaws.com/role-arn'),
      ),
    )
    const { roleArn } = at.bench.stage.sandbox.aws.principals.puller
    const annotations = { 'eks.amazonaws.com/role-arn': roleArn }
    await at.bench.patch(SERVICE_ACCOUNTS, { namespace: APPS, name: at.id }, { metadata: { annotations } })
    await at.secret(at.id)
  },
}

const byKeys: Exercise = {
  name: 'key-in-a-secret',
  takes: ['get secrets'],
  run: async (at) => {
    await at.bench.stage.credentialSecret(APPS, at.id)
    await at.bench.create(
      {
        ...ES,
        group: 'generators.external-secrets.io',
        version: 'v1alpha1',
        kind: 'ECRAuthorizationToken',
        plural: 'ecrauthorizationtokens',
      },
      {
        metadata: { namespace: APPS, name: `${at.id}-made` },
        spec: { region: 'us-west-1', ...keysIn(at.id) },
      },
    )
    const spec = esSpec(undefined, `${at.id}-made`, { target: { name: `${at.id}-made` } })
    await makeEs(at, spec)
    await at.secret(`${at.id}-made`)
  },
}

const told: Exercise = {
  name: 'event',
  takes: ['create events', 'patch events'],
  anyway: { 'create events': 'its Secret is written', 'patch events': 'an event is told' },
  run: async (at) => {
    await makeEs(at)
    await at.secret(at.id)
    await at.until('an event is told', async () => (await at.events(at.id)).length > 0)
    let count = 0
    await at.until('an event is counted', async () => {
      count += 1
      const annotations = { 'force-sync': String(count) }
      await at.bench.patch(ES, { namespace: APPS, name: at.id }, { metadata: { annotations } })
      return (await at.events(at.id)).some((times) => times > 1)
    })
  },
}

export const SECRET_EXERCISES: readonly Exercise[] = [
  drift,
  deletion,
  ownCredentials,
  byKeys,
  labelled,
  nudge,
  link,
  contendedLink,
  identity,
  told,
]

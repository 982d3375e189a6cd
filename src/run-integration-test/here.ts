// This file is about testing a connection from this machine: the same steps, asked with its own network and identity.
import { openAws } from '../aws/connection.ts'
import { instant, systemClock } from '../base/clock.ts'
import { silentLog } from '../base/log.ts'
import type { World } from '../dialects/dialect.ts'
import { everpull } from '../dialects/everpull/dialect.ts'
import { TEST_LABEL } from '../dialects/everpull/integration-kind.ts'
import type { EcrIntegrationSpec } from '../dialects/everpull/integration-schema.ts'
import { integrationRef } from '../dialects/everpull/lending.ts'
import { GROUP, VERSION } from '../dialects/everpull/kinds.ts'
import { awsFor, type Caller, withOwnRights } from '../look-around.ts'
import type { Probe } from '../model/probe.ts'
import type { Resource } from '../model/resource.ts'
import { openRegistries } from '../oci/registry.ts'
import { storeOf } from '../operator/adapters/key-secret.ts'
import type { AwsLoginsParts } from '../operator/adapters/logins.ts'
import { awsProber } from '../operator/adapters/prober.ts'
import { CommandFailure } from '../operator/commands.ts'
import type { ConnectionTold, Tested, TestOptions } from '../operator/commands/integrations.ts'
import { connectionTold } from '../operator/connection-told.ts'
import { withCluster } from '../reach-cluster.ts'
import { ParsedTemplates } from '../template/parsed-templates.ts'
import { operatorHome } from './operator-home.ts'
import { heldKey, heldSecret, isSelfContained, specAlone, specFor } from './tested-spec.ts'

/** Of the Secret that is nowhere but in the memory of this process. */
const SECRET_NAME = 'key-given'

export async function testHere(
  caller: Caller,
  tested: Tested,
  options: TestOptions,
  signal: AbortSignal,
): Promise<ConnectionTold> {
  options.onProgress?.('asking AWS from this machine')
  if (tested.is === 'settings' && isSelfContained(tested)) return alone(caller, tested, options, signal)
  const { config, environment, version } = caller
  return withCluster(config.cluster, environment, version, async (cluster) => {
    const operatorNamespace = await operatorHome(caller, cluster, options.operatorNamespace, signal)
    const home = { client: cluster.client, operatorNamespace, secretName: SECRET_NAME, canFetch: false }
    const spec = await specFor(tested, options, home, signal)
    const { asking, close } = awsFor(withOwnRights(caller), cluster)
    try {
      return await probeAs(caller, asking, probeOf(caller, spec, operatorNamespace), signal)
    } finally {
      close()
    }
  })
}

/** No cluster is reached. */
async function alone(
  caller: Caller,
  tested: Extract<Tested, { is: 'settings' }>,
  options: TestOptions,
  signal: AbortSignal,
): Promise<ConnectionTold> {
  const { config, environment } = caller
  const namespace = config.podNamespace ?? 'default'
  const key = heldKey(tested)
  const secret = heldSecret(SECRET_NAME, namespace, key)
  const spec = specAlone(tested, options, secret)
  const aws = openAws({ proxyEnv: environment, endpoints: config.awsEndpoints, environment, log: silentLog })
  const asking: AwsLoginsParts = {
    aws,
    secrets: storeOf({ namespace, name: SECRET_NAME }, key),
    tokens: { request: () => Promise.reject(new TypeError('no service account is asked about')) },
    policy: { ambient: { is: 'allow' }, serviceAccounts: { is: 'none' }, apiAudiences: async () => [] },
    clock: systemClock,
  }
  try {
    return await probeAs(caller, asking, probeOf(caller, spec, namespace), signal)
  } finally {
    aws.close()
  }
}

async function probeAs(
  { environment }: Caller,
  asking: AwsLoginsParts,
  probe: Probe,
  signal: AbortSignal,
): Promise<ConnectionTold> {
  const registries = openRegistries({ proxyEnv: environment })
  try {
    return connectionTold(await awsProber({ ...asking, registries }).probe(probe, signal))
  } finally {
    registries.close()
  }
}

/** What the operator would test for an object with this spec; its rules are the operator's own. */
function probeOf({ config }: Caller, spec: EcrIntegrationSpec, operatorNamespace: string): Probe {
  const translation = everpull.translate(wish(spec), worldOf(config.runtime, operatorNamespace))
  if (translation.is !== 'order') throw new CommandFailure(translation.fault.message)
  const [probe] = translation.probes ?? []
  if (probe === undefined) throw new CommandFailure('there is nothing to test')
  return probe
}

/** An object that nobody has written. */
const NOTHING: Resource = {
  ref: integrationRef('test'),
  apiVersion: `${GROUP}/${VERSION}`,
  uid: '',
  resourceVersion: '',
  generation: 1,
  createdAt: instant(0),
  changedAt: instant(0),
  labels: { [TEST_LABEL]: 'true' },
  annotations: {},
  finalizers: [],
  statusWriters: [],
}

const wish = (spec: EcrIntegrationSpec): Resource => ({ ...NOTHING, spec })

/** Secrets are there: whether they can be read is told by the first step. */
const worldOf = (runtime: string, operatorNamespace: string): World => ({
  get: (ref) => (ref.kind === 'Secret' ? { is: 'present', resource: { ...NOTHING, ref } } : { is: 'absent' }),
  list: () => ({ is: 'listed', resources: [] }),
  usersOf: () => [],
  operatorNamespace,
  runtime,
  ambientOpenTo: [],
  templates: new ParsedTemplates(),
})

// This file is about the objects that bring the secret of an integration about: sealed, or fetched from a store; never in the clear.
import { systemClock } from '../base/clock.ts'
import {
  externalSecret,
  SECRET_ACCESS_KEY,
  sealedSecret,
  secretNameOf,
  SESSION_TOKEN,
} from '../config-repo/secret-manifests.ts'
import { certificateInFile, certificateOfController, sealingController } from '../cluster-certificate.ts'
import type { Caller } from '../look-around.ts'
import { CommandFailure } from '../operator/commands.ts'
import type { SecretPart } from '../operator/commands/integrations.ts'
import { withCluster } from '../reach-cluster.ts'
import { seal, type SealingCertificate } from '../seal/sealing.ts'
import { homeOf } from './cluster-view.ts'
import type { SecretObjects, SecretsFor } from './kept-repository.ts'
import { NOT_SYNCED } from './not-synced.ts'
import { type SealedElsewhere, tryOpening } from './sealed-elsewhere.ts'

type Sealed = Extract<SecretPart, { is: 'sealed' }>

export const secretsThrough =
  (caller: Caller, namespace: string | undefined): SecretsFor =>
  async ({ name, access }, signal) => {
    if (access.is !== 'access-key') return { objects: [], notes: [] }
    const { secret } = access
    switch (secret.is) {
      case 'kept':
        return undefined
      case 'existing':
        return { objects: [], notes: elsewhere(secret) }
      case 'external': {
        const home = await homeFor(caller, namespace, signal)
        const { store, remoteKey, property } = secret
        const asked = { integration: name, namespace: home, store, remoteKey }
        const object = externalSecret(property === undefined ? asked : { ...asked, property })
        return { objects: [object], notes: ofCluster(secret) }
      }
      case 'sealed':
        return sealedObjects(caller, name, secret, await homeFor(caller, namespace, signal), signal)
    }
  }

const elsewhere = ({ secretNamespace, secretName }: Extract<SecretPart, { is: 'existing' }>) =>
  secretNamespace === undefined
    ? []
    : [`Secret ${secretNamespace}/${secretName}: unless that is the operator’s own namespace, ${NOT_SYNCED}`]

const ofCluster = ({ store }: Extract<SecretPart, { is: 'external' }>) =>
  store.kind === 'ClusterSecretStore'
    ? [
        `ClusterSecretStore ${store.name} is one of the whole cluster: ${NOT_SYNCED}; a SecretStore in the operator’s namespace is taken`,
      ]
    : []

/** A Secret is sealed for one namespace: a guess would be found out in the cluster only. */
async function homeFor(caller: Caller, namespace: string | undefined, signal: AbortSignal): Promise<string> {
  if (namespace !== undefined) return namespace
  try {
    return await homeOf(caller, undefined, signal)
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error
    throw new CommandFailure(
      `--namespace: say where the operator lives, as the cluster cannot: ${error.message}`,
    )
  }
}

async function sealedObjects(
  caller: Caller,
  integration: string,
  secret: Sealed,
  namespace: string,
  signal: AbortSignal,
): Promise<SecretObjects> {
  const certificate = await certificateFor(caller, secret, signal)
  const scope = { is: 'strict', namespace, name: secretNameOf(integration) } as const
  const { secretAccessKey, sessionToken } = secret
  const encryptedData = {
    [SECRET_ACCESS_KEY]: seal(secretAccessKey, scope, certificate),
    ...(sessionToken === undefined ? {} : { [SESSION_TOKEN]: seal(sessionToken, scope, certificate) }),
  }
  const object = sealedSecret({ integration, namespace, encryptedData })
  const { certificateFile: file } = secret
  const from = file ?? 'the controller of Sealed Secrets in the cluster'
  return {
    objects: [object],
    notes: [
      `sealed for namespace ${namespace} with the certificate of ${from}, SHA-256 ${certificate.fingerprint}`,
    ],
    // The controller's own needs no proof.
    ...(file === undefined ? {} : { prove: proving(caller, { object, certificate, file }) }),
  }
}

const proving =
  ({ config, environment, version }: Caller, sealed: SealedElsewhere) =>
  (signal: AbortSignal): Promise<readonly string[]> =>
    withCluster(config.cluster, environment, version, async ({ client }) => {
      const now = new Date(systemClock.now())
      const note = await tryOpening(client, sealingController(environment), sealed, now, signal)
      return note === undefined ? [] : [note]
    })

function certificateFor(
  caller: Caller,
  { certificateFile }: Sealed,
  signal: AbortSignal,
): Promise<SealingCertificate> {
  const now = new Date(systemClock.now())
  if (certificateFile !== undefined) return certificateInFile(certificateFile, now)
  const { config, environment, version } = caller
  return withCluster(config.cluster, environment, version, ({ client }) =>
    certificateOfController(client, sealingController(environment), now, signal),
  )
}

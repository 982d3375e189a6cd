// This file is about what was sealed with a certificate of somebody's choice: whether the cluster's controller opens it.
import { certificateOfController } from '../cluster-certificate.ts'
import type { WrittenObject } from '../config-repo/tree.ts'
import { KubeError } from '../kube/error.ts'
import type { KubeClient } from '../kube/client.ts'
import { type ProxiedService, textOfService } from '../kube/service-proxy.ts'
import { CommandFailure } from '../operator/commands.ts'
import type { SealingCertificate } from '../seal/sealing.ts'

export interface SealedElsewhere {
  readonly object: WrittenObject
  readonly certificate: SealingCertificate
  /** Where the certificate was read. */
  readonly file: string
}

/** Asked by `kubeseal --validate` too: 200 where one of the controller's keys opens it, 409 where none does. */
const VERIFY = '/v1/verify'
const NONE_OPENS = 409

/**
 * Resolves with what to know where the controller cannot be asked; undefined: it opens it.
 * @throws CommandFailure that says what to do where the controller cannot open it
 */
export async function tryOpening(
  client: KubeClient,
  controller: ProxiedService,
  sealed: SealedElsewhere,
  now: Date,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const where = `the Sealed Secrets controller ${controller.namespace}/${controller.name}`
  try {
    await textOfService(client, controller, { path: VERIFY, body: sealed.object }, signal)
    return undefined
  } catch (error) {
    if (!(error instanceof KubeError)) throw error
    if (error.status !== NONE_OPENS) {
      return `nobody could ask ${where} whether it opens what was sealed with ${sealed.file} (${error.message}); integration list tells once it is in the cluster`
    }
  }
  const own = await ownOf(client, controller, now, signal)
  throw new CommandFailure(
    `--cert: what was sealed with ${sealed.file} (SHA-256 ${sealed.certificate.fingerprint}) cannot be opened by ${where} of this cluster${own}; nothing was changed: leave --cert out, or give the file that kubeseal --fetch-cert prints here; where the integration is meant for another cluster, --skip-test commits it all the same`,
  )
}

/** As far as it may be read: the answer is the same without it. */
async function ownOf(
  client: KubeClient,
  controller: ProxiedService,
  now: Date,
  signal: AbortSignal | undefined,
): Promise<string> {
  try {
    const { fingerprint } = await certificateOfController(client, controller, now, signal)
    return `, whose own certificate is SHA-256 ${fingerprint}`
  } catch (error) {
    if (error instanceof CommandFailure) return ''
    throw error
  }
}

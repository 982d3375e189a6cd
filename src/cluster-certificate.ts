// This file is about the certificate that Secrets for a cluster are sealed with: out of a file, or from its controller.
import { readFile } from 'node:fs/promises'
import { KubeError } from './kube/error.ts'
import { type ProxiedService, textOfService } from './kube/service-proxy.ts'
import type { KubeClient } from './kube/client.ts'
import { CommandFailure } from './operator/commands.ts'
import { readCertificate } from './seal/certificate.ts'
import type { SealingCertificate } from './seal/sealing.ts'

/** Where its manifests put the controller; charts often call it sealed-secrets. */
export const SEALING_CONTROLLER: ProxiedService = {
  namespace: 'kube-system',
  name: 'sealed-secrets-controller',
}

const CONTROLLER_NAMESPACE = 'SEALED_SECRETS_CONTROLLER_NAMESPACE'
const CONTROLLER_NAME = 'SEALED_SECRETS_CONTROLLER_NAME'

/** Where it is by the variables that kubeseal reads as well. */
export const sealingController = (
  environment: Readonly<Record<string, string | undefined>>,
): ProxiedService => ({
  namespace: environment[CONTROLLER_NAMESPACE] ?? SEALING_CONTROLLER.namespace,
  name: environment[CONTROLLER_NAME] ?? SEALING_CONTROLLER.name,
})

const CERTIFICATE = '/v1/cert.pem'
const INSTEAD = 'or give its certificate: kubeseal --fetch-cert > cert.pem, and --cert cert.pem'

/** @throws CommandFailure that says what to do */
export async function certificateInFile(file: string, now: Date): Promise<SealingCertificate> {
  const pem = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new CommandFailure(`--cert: ${error instanceof Error ? error.message : String(error)}`, true)
  })
  return checked(pem, now, `--cert: ${file}`)
}

/** The one the controller seals with now. @throws CommandFailure that says what to do */
export async function certificateOfController(
  client: KubeClient,
  controller: ProxiedService,
  now: Date,
  signal?: AbortSignal,
): Promise<SealingCertificate> {
  const { namespace, name } = controller
  const pem = await textOfService(client, controller, { path: CERTIFICATE }, signal).catch(
    (error: unknown) => {
      throw error instanceof KubeError ? new CommandFailure(refusal(error, controller)) : error
    },
  )
  return checked(pem, now, `the Sealed Secrets controller ${namespace}/${name}`)
}

function checked(pem: string, now: Date, from: string): SealingCertificate {
  const read = readCertificate(pem, now)
  if (read.is === 'wrong') throw new CommandFailure(`${from} ${read.because}`)
  return read.certificate
}

function refusal({ status, message }: KubeError, { namespace, name }: ProxiedService): string {
  const where = `${namespace}/${name}`
  switch (status) {
    case 404:
      return `there is no Sealed Secrets controller ${where}: say where it is (${CONTROLLER_NAMESPACE}, ${CONTROLLER_NAME}), ${INSTEAD}`
    case 403:
      return `the certificate of the Sealed Secrets controller ${where} may not be read: have somebody allow get on services/proxy, ${INSTEAD} (${message})`
    case 503:
      return `the Sealed Secrets controller ${where} does not answer: see whether its pod runs, ${INSTEAD} (${message})`
    default:
      return `the certificate of the Sealed Secrets controller ${where} cannot be read: ${message}`
  }
}

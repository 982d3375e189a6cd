// This file is about the form of an integration as the spec of an EcrIntegration.
import type { EcrIntegrationSpec } from '../dialects/everpull/integration-schema.ts'
import { parseHost } from '../model/registry.ts'
import type { IntegrationSettings } from './commands/integrations.ts'

/** Where the secret access key lies that a form of an access key comes with. */
export interface KeySecret {
  readonly name: string
  /** Absent: the operator's own namespace. */
  readonly namespace?: string
  /** The key of the Secret that holds it; absent: aws_secret_access_key. */
  readonly key?: string
  /** The key that holds the session token; absent: there is none. */
  readonly sessionTokenKey?: string
}

type Auth = EcrIntegrationSpec['auth']

export function authOf({ access }: Pick<IntegrationSettings, 'access'>, secret: KeySecret): Auth {
  switch (access.is) {
    case 'ambient':
      return { ambient: {} }
    case 'role': {
      const { role: roleArn, externalId } = access
      return { iamRole: { roleArn, ...(externalId === undefined ? {} : { externalId }) } }
    }
    case 'access-key':
      return { accessKey: { ...referenceTo(secret), accessKeyId: access.accessKeyId } }
  }
}

const referenceTo = ({ name, namespace, key, sessionTokenKey }: KeySecret) => ({
  secretName: name,
  ...(namespace === undefined ? {} : { secretNamespace: namespace }),
  ...(key === undefined ? {} : { secretAccessKeyKey: key }),
  ...(sessionTokenKey === undefined ? {} : { sessionTokenKey }),
})

/** What of a form decides a test: whom to ask as, where, and for which registries. */
export function testedSpecOf(
  settings: Pick<IntegrationSettings, 'access' | 'region' | 'registries'>,
  secret: KeySecret,
): EcrIntegrationSpec {
  const { region, registries } = settings
  return {
    region,
    auth: authOf(settings, secret),
    ...(registries.length === 0 ? {} : { registries: registries.map((host) => registryOf(host, region)) }),
  }
}

/** An alias does not tell its region itself. */
const registryOf = (host: string, region: string) =>
  parseHost(host).is === 'not-ecr' ? { host, region } : { host }

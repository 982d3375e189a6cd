// This file is about the engine's template sources on the real API server: Secrets and ConfigMaps, read like credentials.
import { SecretData } from '../../base/secret-text.ts'
import type { Sources, TemplateTexts } from '../../engine/ports.ts'
import type { KubeClient } from '../../kube/client.ts'
import { isNotFound } from '../../kube/error.ts'
import { CONFIG_MAPS, type KubeObject } from '../../kube/resource.ts'
import { getObject } from '../../kube/writes.ts'
import type { Fault } from '../../model/fault.ts'
import type { SecretRef } from '../../model/ref.ts'
import type { ConfigMaps } from '../config-maps.ts'
import { faultOfKube } from './faults.ts'
import { type CredentialStore, secretReader, type SecretValues, type ValuesRead } from './secret-reader.ts'

export interface SourcesParts {
  readonly client: KubeClient
  readonly secrets: CredentialStore
  readonly configMaps: Pick<ConfigMaps, 'glance'>
}

export function kubeSources({ client, secrets, configMaps }: SourcesParts): Sources {
  const readers = {
    Secret: secretReader(secrets),
    ConfigMap: secretReader({
      glance: (ref) => configMaps.glance(ref),
      read: (ref, signal) => readConfigMap(client, ref, signal),
    }),
  }
  return {
    async read({ kind, namespace, name }, signal) {
      const read = await readers[kind].read({ namespace, name }, signal)
      return read === 'absent' || read.is === 'fault' ? read : textsOf(read)
    },
  }
}

/** Its `binaryData` are no templates. */
async function readConfigMap(
  client: KubeClient,
  ref: SecretRef,
  signal: AbortSignal,
): Promise<ValuesRead | 'absent' | Fault> {
  try {
    const { metadata, data } = await getObject<ConfigMapObject>(client, CONFIG_MAPS, ref, { signal })
    const values = Object.entries(data ?? {}).map(([key, text]) => [key, Buffer.from(text)] as const)
    return {
      is: 'config-map',
      resourceVersion: metadata.resourceVersion ?? '',
      data: new SecretData(new Map(values)),
    }
  } catch (error) {
    return isNotFound(error) ? 'absent' : faultOfKube(error, `reading ConfigMap ${ref.namespace}/${ref.name}`)
  }
}

interface ConfigMapObject extends KubeObject {
  readonly data?: Readonly<Record<string, string>>
}

/** What bytes that are no UTF-8 are read as. */
const REPLACEMENT = '\ufffd'

const textsOf = (values: SecretValues): TemplateTexts => ({
  is: 'texts',
  get: (key) => {
    const text = values.get(key)
    return text?.reveal().includes(REPLACEMENT) === true ? 'binary' : text
  },
})

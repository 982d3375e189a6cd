// This file is about the raw limit: the same number of server-side applies, with the operator's own credential.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { systemClock } from '../src/base/clock.ts'
import { systemRandom } from '../src/base/random.ts'
import type { KubeClient } from '../src/kube/client.ts'
import { loadKubeconfig } from '../src/kube/kubeconfig.ts'
import { SECRETS } from '../src/kube/resource.ts'
import { connect } from '../src/kube/transport.ts'
import { applyObject } from '../src/kube/writes.ts'
import type { Stage } from '../test/support/stage.ts'
import { inParallel } from './in-parallel.ts'
import { namespaceNames, type Spread } from './scale.ts'
import { say } from './surroundings.ts'

/** As many as the operator itself has in flight. */
const IN_FLIGHT = 50
/** A docker config with one host and a token of ordinary size. */
const PAYLOAD_BYTES = 5500

export async function connectAs(kubeconfig: string): Promise<KubeClient> {
  const access = await loadKubeconfig(kubeconfig, undefined, { clock: systemClock })
  return connect(access, { clock: systemClock, random: systemRandom, userAgent: 'everpull-bench' })
}

interface Round {
  /** Another round writes other contents. */
  readonly number: number
  readonly labels?: Readonly<Record<string, string>>
}

/** Milliseconds for as many applies as there are objects, over one session. */
export async function writeAll(
  client: KubeClient,
  scale: Spread,
  { number, labels = {} }: Round,
): Promise<number> {
  const namespaces = namespaceNames(scale)
  const config = JSON.stringify({ auths: { raw: { auth: String(number).repeat(PAYLOAD_BYTES) } } })
  const data = { '.dockerconfigjson': Buffer.from(config).toString('base64') }
  const begun = performance.now()
  await inParallel(
    Array.from({ length: scale.objects }, (_, i) => i),
    IN_FLIGHT,
    (i) =>
      applyObject(
        client,
        SECRETS,
        {
          metadata: { namespace: namespaces[i % namespaces.length] ?? '', name: `raw-${i}`, labels },
          type: 'kubernetes.io/dockerconfigjson',
          data,
        },
        { fieldManager: 'bench-raw' },
      ),
  )
  return performance.now() - begun
}

/** The account may only create and update; measuring applies with its credential takes this on top. */
const RAW_ROLE = `
{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: bench-raw},
 rules: [{apiGroups: [""], resources: [secrets], verbs: [patch]}]}
---
{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRoleBinding, metadata: {name: bench-raw},
 roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: bench-raw},
 subjects: [{kind: ServiceAccount, namespace: everpull, name: everpull}]}
`

/** The file of a kubeconfig with the operator's own credential. */
export async function rawKubeconfig(stage: Stage): Promise<string> {
  await stage.apply(RAW_ROLE)
  const file = join(stage.sandbox.folder, 'raw.kubeconfig')
  const account = { namespace: 'everpull', name: 'everpull' }
  await writeFile(file, await stage.sandbox.kubeconfigFor({ serviceAccount: account }), { mode: 0o600 })
  return file
}

export async function rawLimit(stage: Stage, scale: Spread): Promise<number> {
  say('raw limit')
  const client = await connectAs(await rawKubeconfig(stage))
  try {
    return await writeAll(client, scale, { number: 1 })
  } finally {
    await client.close()
  }
}

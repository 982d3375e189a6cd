// This file is about testing what is told of a Secret that somebody else was to bring.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KubeClient, KubeRequest } from '../kube/client.ts'
import { KubeError } from '../kube/error.ts'
import { complaintsOf } from './secret-complaints.ts'

const keyed = (name: string, secretNamespace?: string) => ({
  metadata: { name },
  spec: {
    auth: {
      accessKey: {
        secretName: `ecr-${name}`,
        ...(secretNamespace === undefined ? {} : { secretNamespace }),
      },
    },
  },
})
const bringing = (name: string, type: string, status: string) => ({
  metadata: { name },
  // Sealed Secrets gives no reason.
  status: { conditions: [{ type, status, message: 'no key could decrypt secret' }] },
})

/** Who answers with these lists, by plural; 403 to all else. */
function cluster(lists: Readonly<Record<string, readonly unknown[]>>) {
  const asked: string[] = []
  const client = {
    async request({ path }: KubeRequest) {
      asked.push(path)
      const items = lists[path.split('/').at(-1) ?? '']
      if (items === undefined)
        throw new KubeError({ status: 403, reason: 'Forbidden', message: 'not for you' })
      return { items }
    },
  } as Pick<KubeClient, 'request'>
  const complaints = async (integrations: Parameters<typeof complaintsOf>[1]) =>
    Object.fromEntries(await complaintsOf(client, integrations, 'everpull', new AbortController().signal))
  return { asked, complaints }
}

test('a SealedSecret that is not opened is told, with its own words and what to do', async () => {
  const { complaints } = cluster({ sealedsecrets: [bringing('ecr-ci', 'Synced', 'False')] })
  const { ci } = await complaints([keyed('ci'), keyed('other')])
  assert.match(
    ci ?? '',
    /^SealedSecret everpull\/ecr-ci is not opened in this cluster \(no key could decrypt secret\): .*integration edit ci --secret-access-key-file FILE$/,
  )
})

test('so is an ExternalSecret that fetches nothing', async () => {
  const { complaints } = cluster({
    sealedsecrets: [],
    externalsecrets: [bringing('ecr-ci', 'Ready', 'False')],
  })
  const { ci } = await complaints([keyed('ci')])
  assert.match(ci ?? '', /^ExternalSecret everpull\/ecr-ci does not fetch the key \(no key/)
})

test('what works, is somewhere else, or may not be looked at, is not', async () => {
  const { complaints } = cluster({
    sealedsecrets: [
      bringing('ecr-ci', 'Synced', 'True'),
      bringing('ecr-away', 'Synced', 'False'),
      { metadata: { name: 'ecr-new' } },
    ],
  })
  assert.deepEqual(await complaints([keyed('ci'), keyed('away', 'elsewhere'), keyed('new')]), {})
})

test('nobody is asked where no integration has a key', async () => {
  const { asked, complaints } = cluster({})
  assert.deepEqual(await complaints([{ metadata: { name: 'role' }, spec: { auth: { ambient: {} } } }]), {})
  assert.deepEqual(asked, [])
})

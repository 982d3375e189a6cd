// This file is about asking etcd itself, by the JSON gateway that it serves beside gRPC.
import type { Lane } from '../lane.ts'

/** @throws on every answer but 200 */
export async function etcdAsk<T>(lane: Lane, path: string, body: object): Promise<T> {
  const etcd = lane.sandbox.controlPlane.parts.find(({ name }) => name === 'etcd')
  const answer = await fetch(`http://127.0.0.1:${etcd?.ports[0]}${path}`, {
    method: 'POST',
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(10_000),
  })
  if (!answer.ok) throw new Error(`etcd ${path}: ${answer.status} ${await answer.text()}`)
  return (await answer.json()) as T
}

/** A decimal: versions do not fit into JSON's numbers. */
export async function revisionNow(lane: Lane): Promise<string> {
  const { header } = await etcdAsk<{ header: { revision: string } }>(lane, '/v3/maintenance/status', {})
  return header.revision
}

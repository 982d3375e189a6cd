// This file is about the raw limit as a process of its own: the same number of applies over one HTTP/2 session, and
// nothing else. For each line on its input it writes all once, and prints the milliseconds that took.
import { createInterface } from 'node:readline'
import { connectAs, writeAll } from './raw-limit.ts'

const [kubeconfig = '', objects, namespaces] = process.argv.slice(2)
const client = await connectAs(kubeconfig)
const spread = { objects: Number(objects), namespaces: Number(namespaces) }
/** Whoever watches the operators' Secrets sees these too. */
const labels = { 'reconcile.external-secrets.io/managed': 'true' }
// A session that is open, as an operator's is when it comes to writing.
await client.request({ method: 'GET', path: '/version' })
console.log('ready')
let number = 0
for await (const _ of createInterface({ input: process.stdin })) {
  number += 1
  console.log(String(await writeAll(client, spread, { number, labels })))
}
await client.close()

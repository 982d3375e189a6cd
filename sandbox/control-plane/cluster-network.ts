// This file is about how the API server reaches pods, which have no network here: by CONNECT to a proxy on this machine.
import { join } from 'node:path'
import { stringify } from 'yaml'
import { writeWhole } from '../whole-file.ts'

/** Where that proxy has to listen. Nothing here starts one. */
export const clusterNetworkSocket = (folder: string): string => join(folder, 'cluster-network.sock')

/** Writes what the API server is told of it into the folder and gives its path. */
export function egressIn(folder: string): string {
  const file = join(folder, 'keys', 'egress.yaml')
  // A socket, as the API server dies of a TCP transport without TLS.
  const transport = { uds: { udsName: clusterNetworkSocket(folder) } }
  const connection = { proxyProtocol: 'HTTPConnect', transport }
  writeWhole(
    file,
    stringify({
      apiVersion: 'apiserver.k8s.io/v1beta1',
      kind: 'EgressSelectorConfiguration',
      egressSelections: [{ name: 'cluster', connection }],
    }),
  )
  return file
}

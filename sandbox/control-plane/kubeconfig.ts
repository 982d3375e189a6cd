// This file is about kubeconfig files for the sandbox's API server.
import { stringify } from 'yaml'

/** How a kubeconfig's user proves who it is. */
export type Login =
  | { readonly by: 'token'; readonly token: string }
  | { readonly by: 'certificate'; readonly certificate: string; readonly key: string }

const base64 = (text: string | Buffer): string => Buffer.from(text).toString('base64')

/** A kubeconfig with one context, `everpull-sandbox`; certificates are inlined, so the file may be moved about. */
export function kubeconfig(
  server: string,
  ca: Buffer,
  user: string,
  login: Login,
  namespace = 'default',
): string {
  const name = 'everpull-sandbox'
  const credentials =
    login.by === 'token'
      ? { token: login.token }
      : { 'client-certificate-data': base64(login.certificate), 'client-key-data': base64(login.key) }
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server, 'certificate-authority-data': base64(ca) } }],
    users: [{ name: user, user: credentials }],
    contexts: [{ name, context: { cluster: name, user, namespace } }],
    'current-context': name,
  })
}

// This file is about a registry address as users write it: maybe with a scheme, a port or a path around the host.

export interface Address {
  /** "https://", or empty. */
  readonly scheme: string
  readonly host: string
  /** ":443", or empty. */
  readonly port: string
  /** "/team/chart", or empty. */
  readonly path: string
}

export interface NoAddress {
  /** Completes the sentence `spec.url …`. */
  readonly because: string
}

const ADDRESS =
  /^([a-z][a-z0-9+.-]*:\/\/)?([a-z0-9](?:[a-z0-9._-]*[a-z0-9])?)(:[0-9]{1,5})?(\/[\x21-\x7e]*)?$/i
const PLACEHOLDER = /\[[^\]]*\]|<[^>]*>|\$\{[^}]*\}/

export function parseAddress(text: string): Address | NoAddress {
  if (text === '') return { because: 'is empty' }
  if (/\s/.test(text)) return { because: 'has white space in it; remove it' }
  const placeholder = PLACEHOLDER.exec(text)
  if (placeholder !== null)
    return { because: `still has the placeholder ${placeholder[0]} in it; fill it in` }
  const match = ADDRESS.exec(text)
  const [, scheme = '', host = '', port = '', path = ''] = match ?? []
  // One word alone is the name of a repository to every client.
  const isName = host.includes('.') || port !== '' || host === 'localhost'
  if (!isName) return { because: 'is no registry address; write the host as it stands in image names' }
  return { scheme, host, port, path }
}

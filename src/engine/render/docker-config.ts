// This file is about the docker config: what kubelets, builds, crane and skopeo read.
import type { Login, RegistryLogin } from '../../model/login.ts'
import type { DockerConfig } from '../../model/shape.ts'

/** Compact JSON without a trailing newline, members in the order Docker's own tools write them. */
export function renderDockerConfig(shape: DockerConfig, logins: readonly Login[]): Buffer {
  const auths = Object.fromEntries(
    shape.hosts.flatMap(({ host, login }) => {
      const found = logins[login]
      return found?.is === 'registry' ? [[host, entryOf(found)]] : []
    }),
  )
  return Buffer.from(JSON.stringify({ auths }))
}

function entryOf(login: RegistryLogin): Record<string, string> {
  const password = login.password.reveal()
  const auth = Buffer.from(`${login.username}:${password}`).toString('base64')
  return { username: login.username, password, auth }
}

/** Why a text is no docker config a kubelet could read; undefined when it is one. */
export function dockerConfigFlaw(text: string): string | undefined {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    return 'it is not JSON (a quote or newline inside a value must be escaped: build it with `dict … | toJson`)'
  }
  const auths = typeof parsed === 'object' && parsed !== null && 'auths' in parsed ? parsed.auths : undefined
  const isMap = typeof auths === 'object' && auths !== null && !Array.isArray(auths)
  return isMap ? undefined : 'it has no object "auths"'
}

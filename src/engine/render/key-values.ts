// This file is about plain key-value data: literals, and fields of logins.
import { rfc3339 } from '../../base/clock.ts'
import { type Fault, fault } from '../../model/fault.ts'
import type { Login } from '../../model/login.ts'
import type { KeyValues, LoginField, Value } from '../../model/shape.ts'

export function renderKeyValues(
  shape: KeyValues,
  logins: readonly Login[],
): ReadonlyMap<string, Buffer> | Fault {
  const data = new Map<string, Buffer>()
  for (const { key, value } of shape.entries) {
    const text = textOf(value, logins)
    if (text === undefined) {
      return fault('output-invalid', `key "${key}" asks for a field that this login does not have`)
    }
    data.set(key, Buffer.from(text))
  }
  return data
}

function textOf(value: Value, logins: readonly Login[]): string | undefined {
  if (value.is === 'literal') return value.text
  const login = logins[value.login]
  if (login === undefined) return undefined
  return fieldsOf(login)[value.field]
}

type Fields = Readonly<Partial<Record<LoginField, string | undefined>>>

function fieldsOf(login: Login): Fields {
  const expiry = {
    expiresAtSeconds: String(Math.floor(login.expiresAt / 1000)),
    expiresAt: rfc3339(login.expiresAt),
  }
  switch (login.is) {
    case 'registry': {
      const { username, password, proxyEndpoint } = login
      const usernamePassword = `${username}:${password.reveal()}`
      return { username, password: password.reveal(), usernamePassword, proxyEndpoint, ...expiry }
    }
    case 'session': {
      const { accessKeyId, secretAccessKey, sessionToken } = login
      return {
        accessKeyId,
        secretAccessKey: secretAccessKey.reveal(),
        sessionToken: sessionToken.reveal(),
        ...expiry,
      }
    }
  }
}

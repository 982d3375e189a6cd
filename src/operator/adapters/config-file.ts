// This file is about an AWS config file kept in a Secret: keys, or a role with a token file, in the default profile.
import { isAbsolute } from 'node:path'
import { parseProfiles } from '../../aws/shared-files.ts'
import { SecretText } from '../../base/secret-text.ts'
import { type Keys, SESSION_NAME, type TokenFile } from './material.ts'

/** `wrong` completes the sentence "key "credentials" of Secret ns/n …" and names settings, never their values. */
export type ConfigRead =
  | Keys
  | Omit<TokenFile, 'namedBy'>
  | { readonly is: 'wrong'; readonly because: string }

/** What would run a program, ask a browser, or lean on a profile that a Secret does not bring. */
const UNSERVED = [
  'credential_process',
  'source_profile',
  'credential_source',
  'sso_session',
  'sso_start_url',
  'login_session',
]

export function readConfigFile(text: SecretText): ConfigRead {
  const sections = parseProfiles(text.reveal())
  const profile = sections.get('default') ?? sections.get('profile default')
  if (profile === undefined) return wrong('has no [default] profile')
  const role = profile.get('role_arn')
  const path = profile.get('web_identity_token_file')
  const id = profile.get('aws_access_key_id')
  const secret = profile.get('aws_secret_access_key')
  const unserved = UNSERVED.find((name) => profile.has(name))
  if (unserved !== undefined) return wrong(`uses ${unserved} in [default], which is not served from a Secret`)
  if (role !== undefined || path !== undefined) {
    if (role === undefined) return wrong('has web_identity_token_file in [default], but no role_arn')
    if (path === undefined) return wrong('has role_arn in [default], but no web_identity_token_file')
    if (!isAbsolute(path)) return wrong('has a web_identity_token_file in [default] that is no absolute path')
    return {
      is: 'token-file',
      roleArn: role,
      path,
      sessionName: profile.get('role_session_name') ?? SESSION_NAME,
    }
  }
  if (id === undefined || secret === undefined) {
    return wrong(
      'has neither aws_access_key_id and aws_secret_access_key nor role_arn and web_identity_token_file in [default]',
    )
  }
  const token = profile.get('aws_session_token')
  return {
    is: 'keys',
    accessKeyId: new SecretText(id),
    secretAccessKey: new SecretText(secret),
    ...(token === undefined ? {} : { sessionToken: new SecretText(token) }),
  }
}

const wrong = (because: string): ConfigRead => ({ is: 'wrong', because })

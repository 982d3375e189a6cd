// This file is about access keys as people store them: what is wrong with one, told without showing it.
import type { SecretText } from '../../base/secret-text.ts'

export type KeyPart = 'accessKeyId' | 'secretAccessKey' | 'sessionToken'

/** The variables the values come from in every recipe; a forgotten dollar sign stores the name instead. */
const VARIABLES = {
  accessKeyId: 'AWS_ACCESS_KEY_ID',
  secretAccessKey: 'AWS_SECRET_ACCESS_KEY',
  sessionToken: 'AWS_SESSION_TOKEN',
} as const satisfies Record<KeyPart, string>

/** Access key ids begin with AKIA or ASIA; this is how base64 of that begins. */
const ENCODED_ID = /^Q(UtJQ|VNJQ)/

/** Completes the sentence "key "k" of Secret ns/n …"; undefined when nothing is wrong. */
export function flawOf(part: KeyPart, value: SecretText): string | undefined {
  const text = value.reveal()
  const variable = VARIABLES[part]
  const bare = text.trim().replace(/^"(.*)"$/, '$1')
  if (bare === variable || bare === `$${variable}` || bare === `\${${variable}}`) {
    return `holds the name ${variable} instead of its value: write it again with printf %s "$${variable}", dollar sign and double quotes included`
  }
  if (text.trim() === '') return 'is empty'
  if (/\s/.test(text)) {
    return 'holds a line break or blank that does not belong there: write it again with printf %s (or echo -n), so that no line break is added'
  }
  // biome-ignore format: the range is all that may stand in an HTTP header
  if (!/^[\x21-\x7e]+$/.test(text)) return 'holds bytes that no AWS key has: write it again as plain text'
  if (part === 'accessKeyId' && ENCODED_ID.test(text)) {
    return 'is base64 of a key id: put the plain value under stringData, or encode it once only under data'
  }
  return undefined
}

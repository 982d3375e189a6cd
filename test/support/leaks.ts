// This file is about finding secrets where none may be: as they are, as base64 at any offset, escaped, or cut off.

/** Long ones are recognised by so much of their beginning, middle or end: a message may be cut. */
const TELLTALE = 24

function telltales(secret: string): readonly string[] {
  const rest = secret.length - TELLTALE
  if (rest <= 0) return [secret]
  return [0, Math.floor(rest / 2), rest].map((from) => secret.slice(from, from + TELLTALE))
}

/** Texts that give a secret away. */
const disguises = (secret: string): readonly string[] => telltales(secret).flatMap(disguisesOf)

function disguisesOf(plain: string): readonly string[] {
  // What stands before it in base64 moves it by 0 to 2 bytes; the groups of 3 that touch its ends are left out.
  const encoded = [0, 1, 2].map((offset) => {
    const text = Buffer.from('x'.repeat(offset) + plain).toString('base64')
    return text.slice(offset === 0 ? 0 : 4, Math.floor((offset + plain.length) / 3) * 4)
  })
  const urlEncoded = encodeURIComponent(plain)
  return [plain, urlEncoded, JSON.stringify(plain).slice(1, -1), ...encoded]
}

/** Tokens of service accounts, and of everybody else who signs in JSON. */
const JWT = /eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}/

/** What of `secrets` can be read out of the text; empty when nothing can. Secrets are told by their number. */
export function leaksIn(text: string, secrets: readonly string[]): readonly string[] {
  const found = secrets.flatMap((secret, i) =>
    disguises(secret).some((disguise) => text.includes(disguise)) ? [`secret ${i}`] : [],
  )
  return JWT.test(text) ? [...found, 'a JSON web token'] : found
}

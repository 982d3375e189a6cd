// This file is about templates kept in other objects: read before anything is decided, as a change of one is a change of the order.
import { shortDigest } from '../base/canonical-json.ts'
import type { SecretText } from '../base/secret-text.ts'
import { type Fault, fault } from '../model/fault.ts'
import type { Shape, TemplateFrom, TemplateObject } from '../model/shape.ts'
import type { Sources } from './ports.ts'

export interface KeptTemplates {
  readonly is: 'kept'
  readonly texts: ReadonlyMap<TemplateFrom, SecretText>
  /** Of all the texts together, so that other changes of their objects change nothing. Undefined: nothing is kept. */
  readonly digest: string | undefined
}

export const NOTHING_KEPT: KeptTemplates = { is: 'kept', texts: new Map(), digest: undefined }

/** The texts a shape's templates are kept as, or why one cannot be had. */
export async function readKept(
  sources: Sources,
  shape: Shape,
  signal: AbortSignal,
): Promise<KeptTemplates | Fault> {
  if (shape.is !== 'template' || shape.from === undefined) return NOTHING_KEPT
  const texts = new Map<TemplateFrom, SecretText>()
  for (const from of shape.from) {
    if (from.template.is !== 'kept') continue
    const { object, key } = from.template
    const text = await readOne(sources, object, key, signal)
    if ('code' in text) return { ...text, at: from.at }
    texts.set(from, text)
  }
  if (texts.size === 0) return NOTHING_KEPT
  return { is: 'kept', texts, digest: shortDigest([...texts.values()].map((text) => text.reveal())) }
}

async function readOne(
  sources: Sources,
  object: TemplateObject,
  key: string,
  signal: AbortSignal,
): Promise<SecretText | Fault> {
  const read = await sources.read(object, signal)
  const { kind, name } = object
  if (read === 'absent') return fault('template-missing', `${kind.toLowerCase()}s "${name}" not found`)
  if (read.is === 'fault') return read
  const text = read.get(key)
  if (text === undefined) {
    return fault('template-missing', `error in ${kind.toLowerCase()} ${name}: missing key ${key}`)
  }
  return text === 'binary'
    ? fault('template-invalid', `key "${key}" of ${kind} ${name} is no text: templates are UTF-8`)
    : text
}

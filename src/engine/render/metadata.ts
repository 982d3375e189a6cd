// This file is about labels and annotations that came out of templates: whether the API server would take them.
//
// It would quote what it refuses, and what a template made may hold a login: so it is refused here, by its key.
import { type Fault, fault } from '../../model/fault.ts'
import { type Named, Naming } from './naming.ts'

type Texts = Readonly<Record<string, string>>

/** Kubernetes' own limits (apimachinery, validation.IsQualifiedName and IsValidLabelValue). */
const LONGEST_NAME = 63
const LONGEST_PREFIX = 253
const NAME = /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/
const PREFIX = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/
/** Of all annotations of an object together, keys and values. */
const MOST_ANNOTATION_BYTES = 256 << 10

/** Why the API server would refuse them; undefined when it would not. Never quotes a value. */
export function metadataFault(
  labels: Texts,
  annotations: Texts,
  naming: Naming = new Naming(),
): Fault | undefined {
  return labelFault(labels, naming) ?? annotationFault(annotations, naming)
}

function labelFault(labels: Texts, naming: Naming): Fault | undefined {
  for (const [key, value] of Object.entries(labels)) {
    if (!isQualifiedName(key)) return wrongKey(naming.of('labels', key))
    const flaw = labelFlaw(value)
    if (flaw !== undefined) return refused(naming.of('labels', key), `renders to no label value: ${flaw}`)
  }
  return undefined
}

function annotationFault(annotations: Texts, naming: Naming): Fault | undefined {
  const entries = Object.entries(annotations)
  // Upper case is admitted in the keys of annotations, before the slash too.
  const odd = entries.find(([key]) => !isQualifiedName(key.toLowerCase()))
  if (odd !== undefined) return wrongKey(naming.of('annotations', odd[0]))
  const sizes = entries.map(([key, value]) => ({
    key,
    bytes: Buffer.byteLength(key) + Buffer.byteLength(value),
  }))
  if (sizes.reduce((sum, { bytes }) => sum + bytes, 0) <= MOST_ANNOTATION_BYTES) return undefined
  const largest = sizes.toSorted((a, b) => b.bytes - a.bytes)[0]?.key ?? ''
  const said = `with the other annotations it is longer than the ${MOST_ANNOTATION_BYTES} bytes that an object may have`
  return refused(naming.of('annotations', largest), `renders to too much: ${said}`)
}

function labelFlaw(value: string): string | undefined {
  if (value.length > LONGEST_NAME) return `it is longer than ${LONGEST_NAME} characters`
  if (value === '' || NAME.test(value)) return undefined
  return /\s/.test(value)
    ? 'it holds white space (a newline at its end, perhaps: use `{{-` and `-}}`)'
    : 'it may hold letters, digits, "-", "_" and ".", and begins and ends with a letter or digit'
}

function isQualifiedName(key: string): boolean {
  const parts = key.split('/')
  const [name = '', prefix] = parts.toReversed()
  const isName = name.length <= LONGEST_NAME && NAME.test(name)
  const isPrefix = prefix === undefined || (prefix.length <= LONGEST_PREFIX && PREFIX.test(prefix))
  return parts.length <= 2 && isName && isPrefix
}

const refused = ({ said, at }: Named, because: string): Fault =>
  fault('output-invalid', `${said} ${because}`, at)

const wrongKey = (named: Named): Fault =>
  refused(named, 'is no key of that kind: write it as in "example.com/name" or "name"')

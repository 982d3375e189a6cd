// This file is about which Secrets may come of a SealedSecret or an ExternalSecret from a repository.

/** As far as the file tells; what is absent or of another form is for the controller to say. */
export interface MadeSecret {
  /** Any of which it may be made under. */
  readonly names: readonly unknown[]
  /** Any of which it may be made with. */
  readonly labels: readonly unknown[]
  /** Opaque where absent. */
  readonly type: unknown
}

/** By these, controllers take a Secret for configuration or for a key of their own, whoever made it. */
const LABELS_OF_OTHERS: readonly string[] = [
  'argocd.argoproj.io/secret-type',
  'sealedsecrets.bitnami.com/sealed-secrets-key',
]

/** Kubernetes fills Secrets of some types with tokens, or takes them for tokens. */
const TYPES: ReadonlySet<unknown> = new Set([undefined, null, '', 'Opaque'])

export function madeSecretFlaw(
  { names, labels, type }: MadeSecret,
  reserved: readonly string[],
): string | undefined {
  const name = reserved.find((one) => names.includes(one))
  if (name !== undefined) return `Secret ${name} is the operator's own: it is not made from a repository`
  const label = LABELS_OF_OTHERS.find((one) => labels.some((given) => isLabelled(given, one)))
  if (label !== undefined)
    return `label ${label} makes its Secret one of another controller: none such is made from a repository`
  return TYPES.has(type)
    ? undefined
    : `its Secret would be of type ${String(type)}: only Opaque ones are made`
}

const isLabelled = (labels: unknown, key: string): boolean =>
  typeof labels === 'object' && labels !== null && Object.hasOwn(labels, key)

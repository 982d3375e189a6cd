// This file is about labels and annotations that an output may not set.
import { DELIVERY_PREFIX } from '../../model/delivery.ts'
import { SECRET_TYPE_LABEL } from '../../model/argocd-secret.ts'
import type { OutputFields } from './output-schema.ts'
import type { Problem } from './problem.ts'

const ACCOUNT_ANNOTATION = 'kubernetes.io/service-account.name'

export function metadataProblems(
  { metadata = {}, argocd, template }: OutputFields,
  at: string,
): readonly Problem[] {
  const label = metadata.labels?.[SECRET_TYPE_LABEL]
  const conflict =
    argocd !== undefined && label !== undefined && label !== argocd.kind
      ? [
          {
            at: `${at}.metadata.labels`,
            because: `sets ${SECRET_TYPE_LABEL}, which argocd.kind says: leave it out`,
          },
        ]
      : []
  return [
    ...conflict,
    ...annotationProblems(metadata.annotations, `${at}.metadata.annotations`),
    ...annotationProblems(template?.metadata?.annotations, `${at}.template.metadata.annotations`),
  ]
}

const annotationProblems = (
  annotations: Readonly<Record<string, string>> = {},
  at: string,
): readonly Problem[] =>
  Object.keys(annotations).flatMap((name) => {
    if (name === ACCOUNT_ANNOTATION) {
      return [
        {
          at,
          because: `sets ${name}, with which Kubernetes gives a Secret the power of that account: leave it out`,
        },
      ]
    }
    return name.startsWith(DELIVERY_PREFIX)
      ? [{ at, because: `sets ${name}, in which Everpull keeps its own record: leave it out` }]
      : []
  })

// This file is about the Applications of Argo CD: which of them repeat an error from a cache, and what makes them try again.
import type { KubeObject, ResourceType } from '../kube/resource.ts'

export const APPLICATIONS: ResourceType = {
  group: 'argoproj.io',
  version: 'v1alpha1',
  plural: 'applications',
  kind: 'Application',
  namespaced: true,
}

/** Asks for one look past every cache; Argo CD takes it off once it has looked. */
export const REFRESH_ANNOTATION = 'argocd.argoproj.io/refresh'
export const HARD = 'hard'

/**
 * What Argo CD's repository server begins an error with that it does not look into again: after three failures in a row
 * it repeats the last for an hour (reposerver/repository, `cachedManifestGenerationPrefix`).
 */
const PAUSED = 'Manifest generation error (cached)'

interface ApplicationObject extends KubeObject {
  readonly status?: {
    readonly conditions?: readonly { readonly type?: string; readonly message?: string }[]
  }
}

/**
 * Paused, and nobody has asked for a hard refresh yet. Which registry it waits for is not looked at: that of a chart's
 * dependency, the usual cause, is named nowhere in the Application.
 */
export function isPaused({ metadata, status }: ApplicationObject): boolean {
  if (metadata.annotations?.[REFRESH_ANNOTATION] === HARD || metadata.deletionTimestamp !== undefined)
    return false
  return (status?.conditions ?? []).some(
    ({ type, message }) => type === 'ComparisonError' && message?.includes(PAUSED) === true,
  )
}

// This file is about the manifests of the demo, two published recipes among them: as their readers copy them, with the placeholder filled in.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DEMO_ACCOUNT } from '../sandbox/aws/seed.ts'

/** Files of demo/manifests; those without a namespace of their own are applied in one, as their documents say. */
export type RecipeFile =
  | 'argocd-repository.yaml'
  | 'everpull-pull-secrets.yaml'
  | 'harness-argocd-oci-helm-ecr.yaml'
  | 'mobb-ecr-secret-operator.yaml'

/** YAML that can be applied. */
export const recipe = (file: RecipeFile): string =>
  readFileSync(join(import.meta.dirname, 'manifests', file), 'utf8').replaceAll('[ACCOUNT_ID]', DEMO_ACCOUNT)

// This file is about how far this dialect goes: every field of both kinds, and where we differ from the original.
import type { Coverage } from '../coverage.ts'

const FREQUENCY: Coverage = {
  path: 'spec.frequency',
  standing: 'honoured',
  note: 'at the latest at two thirds of the login’s life, so 0s, negatives and twelve hours or more mean by expiry',
}
const GENERATED_SECRET_NAME: Coverage = {
  path: 'spec.generated_secret_name',
  standing: 'honoured',
  note: 'an existing Secret that is not ours is only overwritten with everpull.dev/adopt: "true" on the object',
}
const REGION: Coverage = {
  path: 'spec.region',
  standing: 'honoured',
  note: 'refused where the host names a registry of another region; of no effect for ECR Public',
}

export const PULL_SECRET_COVERAGE: readonly Coverage[] = [
  { path: 'spec.ecr_registry', standing: 'honoured', note: 'the key of the docker config, as it stands' },
  FREQUENCY,
  GENERATED_SECRET_NAME,
  REGION,
]

export const ARGO_HELM_REPO_SECRET_COVERAGE: readonly Coverage[] = [
  { path: 'spec.url', standing: 'honoured', note: 'copied as it stands, with a warning about a scheme' },
  FREQUENCY,
  GENERATED_SECRET_NAME,
  REGION,
]

// This file is about which dialects there are: a new one is a folder, a name and a line here.
import { argocd } from './argocd/dialect.ts'
import type { Dialect } from './dialect.ts'
import { everpull } from './everpull/dialect.ts'
import { externalSecrets } from './external-secrets/dialect.ts'
import { mobb } from './mobb/dialect.ts'

export const dialects: readonly Dialect[] = [everpull, externalSecrets, mobb, argocd]

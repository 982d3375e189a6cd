// This file is about what stands in the sandbox's Git repository at first: the folders that integrations are kept in.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { commitTo, createBareRepository } from './bare-repository.ts'

export const SEEDED_REPOSITORY = 'config.git'

const README = `# Shared configuration

Integrations with Amazon ECR, one folder each:

- resources/all-runtimes-all-clusters/NAME/ for all runtimes
- resources/control-planes/NAME/ for the cluster that each runtime runs in
- resources/runtimes/RUNTIME/NAME/ for one runtime

What a runtime is like stands in runtimes/RUNTIME/everpull.yaml.
`

const RUNTIME = `apiVersion: everpull.dev/v1alpha1
kind: Runtime
metadata:
  name: default
spec:
  hosted: false
`

/** Makes the repository where it is missing; what was pushed to one that is there stays. */
export async function seedRepository(root: string): Promise<void> {
  const folder = join(root, SEEDED_REPOSITORY)
  // The first commit is the last thing made, so that whoever dies in between begins anew.
  if (existsSync(join(folder, 'refs', 'heads', 'main')) || existsSync(join(folder, 'packed-refs'))) return
  await createBareRepository(folder, 'main')
  await commitTo(folder, {
    branch: 'main',
    message: 'Begin',
    files: {
      'README.md': README,
      'resources/all-runtimes-all-clusters/.gitkeep': '',
      'resources/control-planes/.gitkeep': '',
      'resources/runtimes/.gitkeep': '',
      'runtimes/default/everpull.yaml': RUNTIME,
    },
  })
}

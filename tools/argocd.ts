// This file is about `make argocd`: the Argo CD that tests start, found or built, and the Redis it needs. With `--look`
// it only says by its exit code whether both are there.
import { cacheFolder } from '../sandbox/cache-folder.ts'
import { partNamed } from '../sandbox/parts/catalog.ts'
import { ensureParts } from '../sandbox/parts/ensure.ts'
import { findPart } from '../sandbox/parts/lookup.ts'
import { redisProgram } from '../test/support/argocd-processes.ts'

const redis = redisProgram()
if (process.argv.includes('--look')) {
  const built = await findPart(partNamed('argocd'), cacheFolder(), process.env)
  process.exitCode = built !== undefined && redis !== undefined ? 0 : 1
} else {
  try {
    const { argocd } = await ensureParts(['argocd'], console.log)
    console.log(`${'argocd'.padEnd(24)} ${argocd}`)
    if (redis === undefined)
      throw new Error(
        'redis-server is missing: Argo CD needs it; install your system’s package redis-server or valkey.',
      )
    console.log(`${'redis'.padEnd(24)} ${redis}`)
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  }
}

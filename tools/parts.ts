// This file is about `make parts`: every real part the sandbox starts, found or built, with a line for each.
import { PART_NAMES } from '../sandbox/parts/catalog.ts'
import { ensureParts } from '../sandbox/parts/ensure.ts'

try {
  const paths = await ensureParts(PART_NAMES, console.log)
  for (const name of PART_NAMES) console.log(`${name.padEnd(24)} ${paths[name]}`)
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}

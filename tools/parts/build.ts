// This file is about building the real parts from the command line: `node tools/parts/build.ts [PART …]`.
import { BuildFailed } from '../../sandbox/parts/build.ts'
import { isPartName, PART_NAMES } from '../../sandbox/parts/catalog.ts'
import { ensureParts } from '../../sandbox/parts/ensure.ts'

const asked = process.argv.slice(2)
const unknown = asked.filter((name) => !isPartName(name))
if (unknown.length > 0) {
  console.error(`no part is called ${unknown.join(', ')}; there are ${PART_NAMES.join(', ')}`)
  process.exit(2)
}
try {
  const names = asked.filter(isPartName)
  const paths = await ensureParts(names.length > 0 ? names : PART_NAMES, (line) => console.error(line))
  for (const [name, path] of Object.entries(paths)) console.log(`${name.padEnd(24)}${path}`)
} catch (error) {
  if (!(error instanceof BuildFailed)) throw error
  console.error(error.message)
  process.exitCode = 1
}

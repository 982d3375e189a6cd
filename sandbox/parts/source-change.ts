// This file is about building a part with one text of its source changed, where no flag says what we need.
import { createHash } from 'node:crypto'
import { copyFile, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { BuildFailed, type GoModule, runGo } from './go-command.ts'

/** The change is made to the module's own file at build time, so that none of it is kept here. */
export interface SourceChange {
  readonly module: string
  /** Its path in the module. */
  readonly file: string
  /** Stands in it exactly once. */
  readonly from: string
  readonly to: string
}

/** Tells builds with different changes apart. */
export const changeDigest = (change: SourceChange): string =>
  createHash('sha256').update(JSON.stringify(change)).digest('hex').slice(0, 12)

/**
 * The flags with which go builds `part` with the change. What they name is written into `folder`, which may go once
 * go has run.
 * @throws BuildFailed when the text is not there
 */
export async function changeFlags(
  part: GoModule,
  change: SourceChange,
  folder: string,
  env: NodeJS.ProcessEnv,
): Promise<readonly string[]> {
  const original = await moduleFolder(part, change, env)
  const changed = changedText(part, change, await readFile(join(original, change.file), 'utf8'))
  const [module, modfile, overlay] = ['module', 'go.mod', 'overlay.json'].map((name) =>
    join(folder, name),
  ) as [string, string, string]
  // Go overlays nothing that it names by its place in the module cache, so it is shown the module at another.
  await symlink(original, module)
  const goMod = await readFile(join(part.source, 'go.mod'), 'utf8')
  await writeFile(modfile, `${goMod}\nreplace ${change.module} => ${JSON.stringify(module)}\n`)
  await copyFile(join(part.source, 'go.sum'), join(folder, 'go.sum'))
  const replacement = join(folder, 'changed.go')
  await writeFile(replacement, changed)
  await writeFile(overlay, JSON.stringify({ Replace: { [join(module, change.file)]: replacement } }))
  return [`-modfile=${modfile}`, `-overlay=${overlay}`]
}

/** Fetches the module where it is not in the module cache. */
async function moduleFolder(part: GoModule, change: SourceChange, env: NodeJS.ProcessEnv): Promise<string> {
  const answer = await runGo(part, env, ['mod', 'download', '-json', change.module])
  return (JSON.parse(answer) as { readonly Dir: string }).Dir
}

function changedText(part: GoModule, { module, file, from, to }: SourceChange, text: string): string {
  const pieces = text.split(from)
  if (pieces.length !== 2)
    throw new BuildFailed(
      `building ${part.name} ${part.version} failed: ${from} stands ${pieces.length - 1} times in ${file} of ${module}, not once; the change to it in the catalog of parts has to follow the source.`,
    )
  return pieces.join(to)
}

// This file is about room on the disk: fetching is called off where a repository takes more of it than it may.
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { systemClock } from '../base/clock.ts'
import type { Git, GitAsk } from './command.ts'
import { GitFailure, gitFault } from './fault.ts'

const LOOK_MS = 500

/** Fetches into a bare repository, while its packs are no larger than so many bytes. @throws GitFailure */
export async function withinRoom<T>(
  git: Git,
  most: number,
  asked: GitAsk,
  fetch: (asked: GitAsk) => Promise<T>,
): Promise<T> {
  const over = new AbortController()
  const isOver = async (): Promise<boolean> => (await bytesIn(join(git.folder, 'objects', 'pack'))) > most
  let cancel = (): void => {}
  let isEnded = false
  const look = async (): Promise<void> => {
    if (await isOver()) over.abort(tooLarge(git.where, most))
    else if (!isEnded) arm()
  }
  const arm = (): void => {
    cancel = systemClock.after(LOOK_MS, () => void look())
  }
  arm()
  try {
    const fetched = await fetch({ ...asked, signal: AbortSignal.any([asked.signal, over.signal]) })
    // It may have come faster than anybody looked.
    if (await isOver()) throw tooLarge(git.where, most)
    return fetched
  } finally {
    isEnded = true
    cancel()
  }
}

const tooLarge = (where: string, most: number): GitFailure =>
  new GitFailure(
    gitFault(
      'failed',
      `${where} is larger than ${Math.ceil(most / (1 << 20))} MiB: keep integrations in a repository of their own`,
    ),
  )

/** What goes in between counts nothing. */
async function bytesIn(folder: string): Promise<number> {
  const names = await readdir(folder).catch(() => [])
  const sizes = await Promise.all(
    names.map((name) =>
      stat(join(folder, name)).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  )
  return sizes.reduce((sum, size) => sum + size, 0)
}

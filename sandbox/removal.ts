// This file is about removing a state folder with everything that runs out of it.
import { spawn } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { stopAllProcesses } from './process.ts'

/** Ends the folder's processes and deletes it. A folder that is not there is fine. */
export async function removeStateFolder(folder: string): Promise<void> {
  await stopAllProcesses(folder, 0)
  // A killed process may have had a file open for writing; its last page lands while we delete.
  await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
}

/**
 * Removes the folder when this process ends in whatever way, SIGKILL included: a shell waits on a pipe that the
 * operating system closes with us. Returns a function that calls the watch off.
 */
export function removeWhenWeDie(folder: string): () => void {
  const program = join(import.meta.dirname, `removal-main${extname(import.meta.filename)}`)
  const guard = spawn('sh', ['-c', 'read -r word || exec "$@"', 'sh', process.execPath, program, folder], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  guard.unref()
  guard.stdin.on('error', () => {})
  const pipe = guard.stdin as unknown as { unref?: () => void }
  pipe.unref?.()
  return () => guard.stdin.end('called off\n')
}

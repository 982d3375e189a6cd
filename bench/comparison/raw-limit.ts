// This file is about the raw limit as a subject: the writes of a cold start and of a rotation, by a process of its own.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { rawKubeconfig } from '../raw-limit.ts'
import type { Arena } from './arena.ts'
import type { Figures, WorkName } from './cell.ts'
import { Meter } from './meter.ts'

/** A rotation writes what a cold start has written, with other contents. */
export const RAW_WORKS: readonly WorkName[] = ['cold-start', 'rotation']

export async function measureRawLimit(
  arena: Arena,
  record: (work: WorkName, figures: Figures) => void,
): Promise<void> {
  const { objects, namespaces } = arena.options
  const child = spawn(
    process.execPath,
    [
      join(import.meta.dirname, '..', 'raw-limit-main.ts'),
      await rawKubeconfig(arena.stage),
      String(objects),
      String(namespaces),
    ],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  )
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const next = async (): Promise<string> => {
    const line = await lines.next()
    if (line.done === true) throw new Error('the raw limit ended early')
    return line.value
  }
  await next()
  for (const work of RAW_WORKS) {
    const pid = child.pid ?? 0
    const meter = await Meter.begin(arena, pid)
    child.stdin.write('write\n')
    const wallSeconds = Number(await next()) / 1000
    record(work, { wallSeconds, ...(await meter.read(pid)) })
  }
  child.stdin.end()
  await once(child, 'exit')
}

// This file is about folders of tests: gone when the test is.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'

export function folderFor(t: Pick<TestContext, 'after'>): string {
  const folder = mkdtempSync(join(tmpdir(), 'everpull-test-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

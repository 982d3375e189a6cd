// This file is about generated files: what is committed is what the source gives.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GENERATED_FOLDERS, generatedFiles } from '../../tools/generated.ts'
import { read, trackedFiles } from './tree.ts'

const files = await generatedFiles()
const tracked = trackedFiles().filter((path) =>
  GENERATED_FOLDERS.some((folder) => path.startsWith(`${folder}/`)),
)

test('what is generated is there, and nothing else (make generate)', () => {
  assert.deepEqual(tracked.toSorted(), [...files.keys()].toSorted())
})

for (const [path, text] of files) {
  test(`${path} is as its source has it (make generate)`, () => {
    assert.ok(tracked.includes(path) && read(path) === text)
  })
}

// This file is about testing that a diff looks like what it is.
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { diffText } from './diff-text.ts'

it('is shown as it is, with a line break at its end', () => {
  assert.equal(diffText('+région: eu\t→ ß 🎉\n-a', false), '+région: eu\t→ ß 🎉\n-a\n')
  assert.equal(diffText('+a\r\n', false), '+a\r\n')
  assert.equal(diffText('', false), '')
})

it('gives a terminal no orders that stand in a file', () => {
  const shown = diffText('+a\u001b[2K\u001b[1A\r\u009b2J\u202eb\n', true)
  assert.match(shown, /a�\[2K�\[1A��2J�b/)
})

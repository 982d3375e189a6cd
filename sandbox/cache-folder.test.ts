// This file is about where things are kept, from a checkout and from an installed package.
import assert from 'node:assert/strict'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { cacheFolder, packageRoot } from './cache-folder.ts'

test('the package is found from its own code', () => {
  assert.equal(packageRoot(), join(import.meta.dirname, '..'))
})

for (const [name, env, root, folder] of [
  ['a checkout keeps its cache in itself', {}, '/src/everpull', '/src/everpull/.cache'],
  ['a chosen folder is taken', { EVERPULL_CACHE: '/big/disk' }, '/src/everpull', '/big/disk'],
  [
    'an installed package uses the cache of the user',
    {},
    '/usr/lib/node_modules/everpull',
    join(homedir(), '.cache/everpull'),
  ],
  ['and heeds XDG', { XDG_CACHE_HOME: '/xdg' }, '/usr/lib/node_modules/everpull', '/xdg/everpull'],
] as const)
  test(name, () => {
    assert.equal(cacheFolder(env, root), folder)
  })

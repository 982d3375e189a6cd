// This file is about testing when credentials are read again, and what of the repository is.
import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { GitFault, GitRepository } from '../git/repository.ts'
import { Checkout } from './checkout.ts'

const refused: GitFault = { is: 'git-fault', kind: 'refused', message: 'refused' }
const { signal } = new AbortController()

/** A repository that lets in whoever has the right word, and what was done with it. */
function aRepository() {
  const deeds: string[] = []
  const state = { word: 'old', given: 'old', commit: 'c1' }
  const open = (word: string): GitRepository => ({
    head: () => {
      deeds.push('head')
      return Promise.resolve(
        word === state.word ? { is: 'head', commit: state.commit, branch: 'main' } : refused,
      )
    },
    read: () => {
      deeds.push('read')
      return Promise.resolve({
        is: 'snapshot',
        commit: state.commit,
        branch: 'main',
        committedAt: '',
        files: [],
      })
    },
    publish: () => Promise.resolve(refused),
    diff: () => Promise.resolve(''),
    close: () => {
      deeds.push('close')
      return Promise.resolve()
    },
  })
  const checkout = new Checkout({
    credentials: () => {
      deeds.push('credentials')
      return Promise.resolve(
        state.given === ''
          ? { is: 'wrong', because: 'none' }
          : { is: 'credentials', credentials: { is: 'none' }, certificateAuthority: state.given },
      )
    },
    open: ({ certificateAuthority = '' }) => Promise.resolve(open(certificateAuthority)),
  })
  const done = (): readonly string[] => deeds.splice(0)
  return { state, checkout, done }
}

it('reads credentials once, and files only of commits that are news', async () => {
  const { checkout, done, state } = aRepository()
  assert.equal((await checkout.read(signal, undefined)).is, 'snapshot')
  assert.deepEqual(done(), ['credentials', 'head', 'read'])
  assert.equal((await checkout.read(signal, 'c1')).is, 'head')
  assert.deepEqual(done(), ['head'])
  state.commit = 'c2'
  assert.equal((await checkout.read(signal, 'c1')).is, 'snapshot')
  assert.deepEqual(done(), ['head', 'read'])
})

it('reads them again as soon as they fail, and goes on with what is there now', async () => {
  const { checkout, done, state } = aRepository()
  await checkout.read(signal, undefined)
  done()
  Object.assign(state, { word: 'new', given: 'new' })
  assert.equal((await checkout.read(signal, 'c1')).is, 'head')
  assert.deepEqual(done(), ['head', 'close', 'credentials', 'head'])
})

it('reads them with every try while they fail, and never twice in one', async () => {
  const { checkout, done, state } = aRepository()
  state.given = 'wrong'
  const read = await checkout.read(signal, undefined)
  assert.deepEqual(read, { is: 'unread', reason: 'CredentialsRefused', message: 'refused' })
  assert.deepEqual(done(), ['credentials', 'head'])
  state.given = ''
  const missing = await checkout.read(signal, undefined)
  assert.deepEqual(missing, { is: 'unread', reason: 'CredentialsMissing', message: 'none' })
  assert.deepEqual(done(), ['close', 'credentials'])
})

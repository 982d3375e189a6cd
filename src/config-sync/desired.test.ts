// This file is about testing what a commit wants of one runtime, and what keeps it from being pruned.
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { readTree } from '../config-repo/read-tree.ts'
import { MARK_LABEL, PATH_ANNOTATION } from '../config-repo/sync-record.ts'
import type { TreeFile } from '../config-repo/tree.ts'
import { wantedOf } from './desired.ts'

const PLACE = { runtime: 'blue', ownNamespace: 'everpull', reservedSecrets: ['git'], mark: 'aaaa' }

const integration = (name: string, spec: object = {}): string =>
  JSON.stringify({
    apiVersion: 'everpull.dev/v1alpha1',
    kind: 'EcrIntegration',
    metadata: { name },
    spec: { region: 'eu-west-1', auth: { ambient: {} }, ...spec },
  })

const files = (texts: Readonly<Record<string, string>>): readonly TreeFile[] =>
  Object.entries(texts).map(([path, text]) => ({ path, mode: 'file', size: text.length, text }))

const wanted = (texts: Readonly<Record<string, string>>) => wantedOf(readTree(files(texts)), 'c0ffee', PLACE)

it('what is meant for all, for control planes and for this runtime is wanted, marked and named after its file', () => {
  const { objects, problems, prunesNothing } = wanted({
    'resources/all-runtimes-all-clusters/a/i.yaml': integration('a'),
    'resources/control-planes/b/i.yaml': integration('b'),
    'resources/runtimes/blue/c/i.yaml': integration('c'),
    'resources/runtimes/green/d/i.yaml': integration('d'),
  })
  assert.deepEqual(
    objects.map(({ name }) => name),
    ['a', 'b', 'c'],
  )
  assert.deepEqual([problems, prunesNothing], [[], undefined])
  assert.equal(objects[0]?.labels[MARK_LABEL], 'aaaa')
  assert.equal(objects[0]?.annotations[PATH_ANNOTATION], 'resources/all-runtimes-all-clusters/a/i.yaml')
})

it('what lies in a folder for this runtime alone says so to others in the cluster', () => {
  const own = { runtimes: { policy: 'Selected', names: ['blue', 'green'] } }
  const { objects } = wanted({
    'resources/runtimes/blue/a/i.yaml': integration('a'),
    'resources/runtimes/blue/b/i.yaml': integration('b', own),
    'resources/control-planes/c/i.yaml': integration('c'),
  })
  const runtimes = objects.map(({ spec }) => ('runtimes' in spec ? spec.runtimes : undefined))
  assert.deepEqual(runtimes, [{ policy: 'Selected', names: ['blue'] }, own.runtimes, undefined])
})

it('an object that stands in two files is not applied, and what is there stays', () => {
  const { objects, problems, flawedPaths } = wanted({
    'resources/control-planes/a/i.yaml': integration('a'),
    'resources/runtimes/blue/a/i.yaml': integration('a'),
    'resources/control-planes/b/i.yaml': integration('b'),
  })
  assert.deepEqual(
    objects.map(({ name }) => name),
    ['b'],
  )
  assert.equal(problems.length, 2)
  assert.ok([...flawedPaths].every((path) => path.includes('/a')))
})

it('what the rules of the repository refuse is left out with its whole folder', () => {
  const { objects, flawedPaths } = wanted({
    'resources/control-planes/a/i.yaml': integration('another-name'),
    'resources/control-planes/b/i.yaml': integration('b'),
  })
  assert.deepEqual(
    objects.map(({ name }) => name),
    ['b'],
  )
  assert.deepEqual([...flawedPaths], ['resources/control-planes/a'])
})

it('rules of other runtimes are none of this one', () => {
  const role = { auth: { iamRole: { roleArn: 'arn:aws:iam::123456789012:role/ecr' } } }
  const hosted =
    'apiVersion: everpull.dev/v1alpha1\nkind: Runtime\nmetadata: {name: green}\nspec: {hosted: true}\n'
  const { objects } = wanted({
    'resources/control-planes/a/i.yaml': integration('a', role),
    'runtimes/green/everpull.yaml': hosted,
  })
  assert.deepEqual(
    objects.map(({ name }) => name),
    ['a'],
  )
})

it('one file that cannot be read keeps everything', () => {
  const { prunesNothing, objects } = wanted({
    'resources/control-planes/a/i.yaml': integration('a'),
    'resources/runtimes/green/b/i.yaml': 'a: [',
  })
  assert.match(prunesNothing ?? '', /resources\/runtimes\/green\/b\/i\.yaml/)
  assert.equal(objects.length, 1)
})

it('a repository without the folder of all resources says so', () => {
  assert.equal(wanted({ 'README.md': '#' }).hasResources, false)
  assert.equal(wanted({ 'resources/.gitkeep': '' }).hasResources, true)
})

// This file is about tests of conditions.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { conditionHolds, requestContext } from './condition.ts'
import type { ConditionBlock } from './policy-document.ts'

const context = requestContext({ 'sts:ExternalId': 'abc', 'x:aud': ['a', 'b'] })

const rows: readonly [string, ConditionBlock, boolean][] = [
  ['no condition holds', {}, true],
  ['StringEquals holds for the same value', { StringEquals: { 'sts:ExternalId': 'abc' } }, true],
  ['keys are matched without regard to case', { StringEquals: { 'STS:externalid': 'abc' } }, true],
  ['values are matched with regard to case', { StringEquals: { 'sts:ExternalId': 'ABC' } }, false],
  ['one of several wanted values is enough', { StringEquals: { 'sts:ExternalId': ['x', 'abc'] } }, true],
  ['an absent key does not hold', { StringEquals: { 'sts:Other': 'abc' } }, false],
  ['an absent key holds with IfExists', { StringEqualsIfExists: { 'sts:Other': 'abc' } }, true],
  ['a present key is compared with IfExists', { StringEqualsIfExists: { 'sts:ExternalId': 'x' } }, false],
  ['an absent key holds when negated', { StringNotEquals: { 'sts:Other': 'abc' } }, true],
  ['StringEquals knows no wildcards', { StringEquals: { 'sts:ExternalId': 'a*' } }, false],
  ['StringLike knows wildcards', { StringLike: { 'sts:ExternalId': 'a*' } }, true],
  ['StringNotLike holds for others', { StringNotLike: { 'sts:ExternalId': 'a*' } }, false],
  ['StringEqualsIgnoreCase ignores case', { StringEqualsIgnoreCase: { 'sts:ExternalId': 'ABC' } }, true],
  ['Null true asks for absence', { Null: { 'sts:Other': 'true' } }, true],
  ['Null false asks for presence', { Null: { 'sts:ExternalId': 'false' } }, true],
  ['ForAllValues asks for each', { 'ForAllValues:StringEquals': { 'x:aud': ['a'] } }, false],
  ['ForAnyValue asks for one', { 'ForAnyValue:StringEquals': { 'x:aud': ['a'] } }, true],
  [
    'all operators must hold',
    { StringEquals: { 'sts:ExternalId': 'abc' }, StringLike: { 'x:aud': 'z' } },
    false,
  ],
  ['an unknown operator never holds', { NumericEquals: { 'sts:ExternalId': 'abc' } }, false],
]

for (const [name, condition, expected] of rows)
  test(name, () => assert.equal(conditionHolds(condition, context), expected))

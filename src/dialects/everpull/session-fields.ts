// This file is about what a role is assumed with, in the alphabets and bounds of AWS.
import { z } from 'zod'
import { ruled } from './fields.ts'

export const externalId = () =>
  z
    .string()
    .min(2)
    .max(1224)
    .regex(/^[\w+=,.@:/-]+$/)

export const sessionName = () =>
  z
    .string()
    .min(2)
    .max(64)
    .regex(/^[\w+=,.@-]+$/)

const MOST_TAGS = 50

export const sessionTags = () =>
  ruled(
    z
      .record(z.string().min(1).max(128), z.string().max(256))
      .refine((tags) => Object.keys(tags).length <= MOST_TAGS, `must have at most ${MOST_TAGS} tags`)
      .meta({ maxProperties: MOST_TAGS }),
    {
      rule: 'self.all(key, size(key) >= 1 && size(key) <= 128)',
      message: 'a tag has a key of 1 to 128 characters',
    },
  )

// This file is about running the suite for every dialect there is.
import { dialects } from '../../src/dialects/all.ts'
import { dialectConformance } from './dialect.ts'
import { EXAMPLES } from './dialect-examples.ts'

for (const dialect of dialects) dialectConformance(dialect, EXAMPLES[dialect.name])

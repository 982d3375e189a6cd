// This file is about what property tests draw: the same in each run of the ladder, so that a commit passes everywhere
// or nowhere. DRAWS=NUMBER draws something else, to look for what nobody has thought of.
import { configureGlobal } from 'fast-check'

configureGlobal({ seed: Number(process.env.DRAWS ?? 1) })

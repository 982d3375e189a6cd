#!/usr/bin/env node
// This file is about the command `everpull`.
import { start } from './start.js'

await start('everpull')

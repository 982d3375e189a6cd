#!/usr/bin/env node
// This file is about the command `kubectl everpull`: kubectl runs what is called kubectl-NAME on the PATH.
import { start } from './start.js'

await start('kubectl everpull')

#!/usr/bin/env node
// This file is about the command `docker-credential-everpull`: docker runs what is called docker-credential-NAME on the PATH.
import { start } from './start.js'

await start('docker-credential-everpull')

// This file is about `make judge`: the engine that ours is compared with, found or built.
import { ensureJudge } from './template-judge/judge.ts'

try {
  console.log(await ensureJudge(console.log))
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}

// This file is about where the demo is watched: a terminal with a live table below the news, or a pipe with plain lines.
import type { WriteStream } from 'node:tty'
import { styleText } from 'node:util'
import { systemClock } from '../src/base/clock.ts'

export interface Screen {
  /** News, kept. */
  line(text?: string): void
  /** What is so right now; the newest replaces the one before where that is possible. */
  live(lines: (width: number) => readonly string[]): void
  /** As `live`, for good: these lines are shown in any case, and stay. */
  settle(lines: (width: number) => readonly string[]): void
}

/** What a pipe's reader should see of a table that changes twice a second. */
const PIPE_EVERY_MS = 10_000
const PIPE_WIDTH = 120

export const openScreen = (out: WriteStream): Screen => (out.isTTY ? terminal(out) : pipe(out))

function terminal(out: WriteStream): Screen {
  let shown: readonly string[] = []
  const clear = (): string => (shown.length === 0 ? '' : `\x1b[${shown.length}A\r\x1b[J`)
  const text = (): string => shown.map((line) => `${line}\n`).join('')
  const live: Screen['live'] = (lines) => {
    const before = clear()
    // One column is left free: some terminals wrap a line that fills all of them.
    shown = lines(out.columns - 1).map((line, i) => (i === 0 ? styleText('bold', line) : line))
    out.write(before + text())
  }
  return {
    line: (line = '') => void out.write(`${clear()}${line}\n${text()}`),
    live,
    settle(lines) {
      live(lines)
      shown = []
    },
  }
}

function pipe(out: WriteStream): Screen {
  let next = 0
  const live: Screen['live'] = (lines) => {
    if (systemClock.monotonic() < next) return
    next = systemClock.monotonic() + PIPE_EVERY_MS
    for (const line of lines(PIPE_WIDTH)) out.write(`${line}\n`)
  }
  return {
    line: (line = '') => void out.write(`${line}\n`),
    live,
    settle(lines) {
      next = 0
      live(lines)
    },
  }
}

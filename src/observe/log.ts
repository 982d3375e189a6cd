// This file is about printing the log: JSON lines for machines, aligned and coloured ones for a person at a terminal.
import { type DestinationStream, destination, type Logger, pino } from 'pino'
import type { Fields, Log } from '../base/log.ts'
import { fitForLog } from './fit-for-log.ts'

export interface LogOptions {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  /** A person reads it. */
  readonly pretty: boolean
  /** Where lines go; standard output unless given. */
  readonly to?: DestinationStream
}

/** Lines are written before the call returns, so that the last ones of a dying process are there. */
export async function openLog(options: LogOptions): Promise<Log> {
  const to = options.to ?? standardOutput()
  const logger = pino(
    {
      level: options.level,
      base: null,
      messageKey: 'message',
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    options.pretty ? await prettyOver(to) : to,
  )
  return wrap(logger)
}

function wrap(logger: Logger): Log {
  const at =
    (level: 'debug' | 'info' | 'warn' | 'error') =>
    (message: string, fields?: Fields): void => {
      if (!logger.isLevelEnabled(level)) return
      if (fields === undefined) logger[level](message)
      else logger[level](fitForLog(fields), message)
    }
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (fields) => wrap(logger.child(fitForLog(fields))),
  }
}

function standardOutput(): DestinationStream {
  const out = destination({ dest: 1, sync: true })
  // Whoever read the log has gone; the work goes on.
  out.on('error', () => {})
  return out
}

async function prettyOver(to: DestinationStream): Promise<DestinationStream> {
  const { prettyFactory } = await import('pino-pretty')
  const pretty = prettyFactory({
    colorize: true,
    messageKey: 'message',
    translateTime: 'SYS:HH:MM:ss.l',
    singleLine: true,
  })
  return { write: (line: string) => to.write(pretty(JSON.parse(line))) }
}

// This file is about `everpull template`: a template rendered offline, as an ExternalSecret's would be.
import { Command } from 'commander'
import { CommandFailure } from '../operator/commands.ts'
import { type Context, examples } from './context.ts'

export function templateCommand(context: Context): Command {
  const command = new Command('template')
    .description('render a template offline, as an ExternalSecret’s would be')
    .argument('<FILE>', 'the template; - is standard input')
    .requiredOption('--data <FILE>', 'JSON object of texts: what the template sees')
    .option('--jsonl', 'lines {id, template} in, lines {id, result} out, where result is {out} or {err}')
    .addHelpText(
      'after',
      examples(context.calledAs, [
        ['template --data data.json docker-config.tmpl', 'render one file'],
        [`template --data data.json - <<<'{{ .username | b64enc }}'`, 'render standard input'],
        ['template --data data.json --jsonl templates.jsonl', 'render many, one answer a line'],
      ]),
    )
  return command.action((file: string) =>
    context.run(async () => {
      const given = command.opts<{ data: string; jsonl?: boolean }>()
      const { terminal } = context
      const data = readData(given.data, await readInput(context, given.data))
      const { renderLines, renderOffline } = await import('../template/offline.ts')
      if (given.jsonl === true) {
        for await (const line of renderLines(data, linesOf(context, file))) terminal.out(`${line}\n`)
        return 0
      }
      const rendered = renderOffline({ data, template: await readInput(context, file), name: file })
      if ('err' in rendered) throw new CommandFailure(rendered.err)
      terminal.out(rendered.out)
      return 0
    }),
  )
}

async function readInput(context: Context, file: string): Promise<string> {
  return context.terminal.read(file).catch(unreadable(file))
}

async function* linesOf(context: Context, file: string): AsyncGenerator<string> {
  try {
    yield* context.terminal.lines(file)
  } catch (error) {
    unreadable(file)(error)
  }
}

const unreadable =
  (file: string) =>
  (error: unknown): never => {
    throw new CommandFailure(
      `cannot read ${file}: ${error instanceof Error ? error.message : String(error)}`,
      true,
    )
  }

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Texts by key; or an object that holds them under `data`, as the first line of a file of vectors does. */
function readData(file: string, text: string): Record<string, string> {
  const parsed = parseJson(text)
  if (!isObject(parsed)) throw new CommandFailure(`${file} holds no JSON object`, true)
  const { data: inner, ...others } = parsed
  const data = isObject(inner) && Object.keys(others).length === 0 ? inner : parsed
  const wrong = Object.entries(data).find(([, value]) => typeof value !== 'string')
  if (wrong !== undefined) throw new CommandFailure(`${file}: the value of "${wrong[0]}" is no text`, true)
  return data as Record<string, string>
}

/** The parser's own message would quote what it read, which may be secret. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

// This file is about CI snippets under test: what they are asked for, and the shell in them, as their system would start it.
import { parse } from 'yaml'
import { stepsFor } from './ci-snippet.ts'
import type { CiSystem, SnippetAsked } from './snippet.ts'

export const aSnippet = (system: CiSystem, rest: Partial<SnippetAsked> = {}): SnippetAsked => {
  const { issuer = 'https://jenkins.example.com/oidc', subject, reuse } = stepsFor(system)
  return {
    integration: 'ecr-prod',
    endpoint: 'https://everpull.example.com',
    rule: {
      issuer,
      subject,
      audience: 'https://everpull.example.com',
      access: 'pull',
      ...(reuse === true ? { reuse } : {}),
    },
    ...rest,
  }
}

export interface ShellPart {
  readonly script: string
  readonly environment: Readonly<Record<string, string>>
}

type Variables = Readonly<Record<string, string>>
type Env = readonly { readonly name: string; readonly value: string }[]

const named = (env: Env): Variables => Object.fromEntries(env.map(({ name, value }) => [name, value]))

/** The part that logs in, with the environment that the file gives it. */
export function shellIn(system: CiSystem, text: string): ShellPart {
  if (system === 'jenkins') return shellInJenkinsfile(text)
  const manifest = parse(text) as never
  return { github: inWorkflow, gitlab: inJob, tekton: inTask, argo: inTemplate }[system](manifest)
}

function inWorkflow(file: {
  jobs: { build: { steps: readonly [{ env: Variables; run: string }] } }
}): ShellPart {
  const [step] = file.jobs.build.steps
  return { script: step.run, environment: step.env }
}

function inJob(file: {
  '.ecr-login': { variables: Variables; before_script: readonly string[] }
}): ShellPart {
  const { variables, before_script: lines } = file['.ecr-login']
  return { script: lines.join('\n'), environment: variables }
}

interface Task {
  readonly spec: {
    readonly stepTemplate: { readonly env: Env }
    readonly steps: readonly [{ readonly env: Env; readonly script: string }]
  }
}

function inTask({ spec }: Task): ShellPart {
  const [step] = spec.steps
  return { script: step.script, environment: { ...named(spec.stepTemplate.env), ...named(step.env) } }
}

interface Template {
  readonly spec: {
    readonly templates: readonly [
      { readonly initContainers: readonly [{ readonly env: Env; readonly args: readonly [string] }] },
    ]
  }
}

function inTemplate({ spec }: Template): ShellPart {
  const [container] = spec.templates[0].initContainers
  return { script: container.args[0], environment: named(container.env) }
}

/** Groovy is read as far as we write it: a string in three quotes, and assignments. */
function shellInJenkinsfile(text: string): ShellPart {
  const script = /sh '''([\s\S]*?)'''/.exec(text)?.[1] ?? ''
  const pairs = [...text.matchAll(/^ +([A-Z_]+) = '(.*)'$/gm)]
  return {
    script: unescaped(script),
    environment: Object.fromEntries(pairs.map(([, name = '', value = '']) => [name, unescaped(value)])),
  }
}

function unescaped(groovy: string): string {
  const unknown = /(?<!\\)(?:\\\\)*\\[^\\'"nrtbf$u]/.exec(groovy)
  if (unknown !== null) throw new Error(`Groovy knows no such escape: ${unknown[0]}`)
  return groovy.replaceAll(/\\(.)/g, '$1')
}

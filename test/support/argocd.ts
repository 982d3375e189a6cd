// This file is about a real Argo CD on a stage: it keeps its folder and its processes in the stage's sandbox.
import { readFileSync } from 'node:fs'
import { chmod } from 'node:fs/promises'
import { bringUp, type Part, takeDown } from '../../sandbox/part.ts'
import { logFile } from '../../sandbox/process.ts'
import { argocdDefinitions } from './argocd-definitions.ts'
import { type ApplicationSource, application, argocdSettings, defaultProject } from './argocd-manifests.ts'
import { type ApplicationWatch, watchApplications } from './application-watch.ts'
import { ARGOCD_NAMESPACE, type ArgoCdOptions, argocdParts, repositoryFolder } from './argocd-processes.ts'
import { established } from './established.ts'
import { eventually } from './eventually.ts'
import { together } from './orders.ts'
import type { Stage } from './stage.ts'

const REFRESH = 'argocd.argoproj.io/refresh'

export class ArgoCd implements AsyncDisposable {
  /** What its Applications say of themselves, and all they ever said. */
  readonly applications: ApplicationWatch
  readonly #stage: Stage
  readonly #parts: readonly Part[]

  private constructor(stage: Stage, parts: readonly Part[], applications: ApplicationWatch) {
    this.#stage = stage
    this.#parts = parts
    this.applications = applications
  }

  /** Installs and starts it. Close it before the stage. */
  static async start(stage: Stage, options: ArgoCdOptions = {}): Promise<ArgoCd> {
    const { sandbox } = stage
    const parts = await argocdParts(sandbox, options)
    await install(stage)
    for (const part of parts) await bringUp(sandbox.folder, part)
    return new ArgoCd(stage, parts, await watchApplications(stage))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.applications[Symbol.asyncDispose]()
    const { folder } = this.#stage.sandbox
    for (const part of this.#parts.toReversed()) await takeDown(folder, part)
    // It forbids even its own user to list what it fetched, and so to delete it.
    await chmod(repositoryFolder(this.#stage.sandbox), 0o700).catch(() => {})
  }

  /** Makes an Application, or changes what it asks for. It syncs by itself into the namespace of its name. */
  async apply(name: string, source: ApplicationSource): Promise<void> {
    await this.#stage.apply(JSON.stringify(application(name, source)))
  }

  /** Asks for a look: `hard` past every cache, as "hard refresh" in its UI. Returns once it has looked. */
  async refresh(name: string, how: 'normal' | 'hard'): Promise<void> {
    const words = ['application', name, '-n', ARGOCD_NAMESPACE]
    await this.#stage.kubectl('annotate', ...words, '--overwrite', `${REFRESH}=${how}`)
    const hasLooked = async (): Promise<boolean> => {
      const seen = await this.#stage.get<{ metadata: { annotations?: Record<string, string> } }>(...words)
      return seen?.metadata.annotations?.[REFRESH] === undefined
    }
    await eventually(`Argo CD has refreshed ${name}`, hasLooked, 120_000)
  }

  /** Resolves once it repeats an error from its cache instead of trying again: for an hour, whatever heals. */
  async paused(name: string): Promise<void> {
    const isCached = (complaint: string): boolean => complaint.includes('Manifest generation error (cached)')
    await this.applications.saying(name, 'paused', ({ complaints }) => complaints.some(isCached))
  }

  /** What the repository server said of each manifest generation that failed. */
  failedGenerations(): readonly string[] {
    const log = readFileSync(logFile(this.#stage.sandbox.folder, 'argocd-repo-server'), 'utf8')
    return log.split('\n').flatMap((line) => {
      if (!line.startsWith('{')) return []
      const entry = JSON.parse(line) as Partial<Record<string, string>>
      const { 'grpc.method': method, 'grpc.code': code } = entry
      // A call that begins has no code yet.
      return method === 'GenerateManifest' && (code ?? 'OK') !== 'OK' ? [entry['grpc.error'] ?? line] : []
    })
  }
}

async function install(stage: Stage): Promise<void> {
  await stage.namespace(ARGOCD_NAMESPACE)
  const files = (await argocdDefinitions()).flatMap((file) => ['--filename', file])
  // Too large for the annotation in which a client-side apply remembers them.
  await stage.kubectl('apply', '--server-side', ...files)
  await established((...args) => stage.kubectl(...args))
  const objects = [...argocdSettings(stage.sandbox), defaultProject()]
  await stage.apply(together(...objects.map((object) => JSON.stringify(object))))
}

// This file is about the manifests that readers copy: those under deploy/examples, and what the first page prints.
import { parseAllDocuments } from 'yaml'
import { read, trackedFiles } from '../repo/tree.ts'

export interface Manifest {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string }
  readonly spec?: unknown
}

export interface PrintedExample {
  /** The file, with the number of the block where it is a page. */
  readonly where: string
  readonly yaml: string
  readonly manifests: readonly Manifest[]
}

const printed = (where: string, yaml: string): PrintedExample => ({
  where,
  yaml,
  manifests: parseAllDocuments(yaml).map((document) => document.toJS() as Manifest),
})

export const printedExamples = (): readonly PrintedExample[] => [
  ...yamlBlocks('README.md').map((yaml, index) => printed(`block ${index + 1} of README.md`, yaml)),
  ...trackedFiles()
    .filter((path) => /^deploy\/examples\/.*\.yaml$/.test(path))
    .map((path) => printed(path, read(path))),
]

/** The YAML that a page shows, block by block. */
export const yamlBlocks = (path: string): readonly string[] =>
  [...read(path).matchAll(/^```yaml\n([\s\S]*?)^```/gm)].map(([, yaml = '']) => yaml)

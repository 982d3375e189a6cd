// This file is about what a repository may hold for others and the operator's own Git sync leaves out.

/** What a repository may reach is less than what the operator may. */
export const NOT_SYNCED =
  'the operator’s own Git sync (--config-repo) skips an integration with it, Argo CD and Flux do not'

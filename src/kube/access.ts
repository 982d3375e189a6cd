// This file is about how a cluster is reached: where it is, what proves it is the one, and who we are to it.

/** What is presented to the server. A new object with other TLS material means a new session. */
export interface Presented {
  /** The whole header, "Bearer …" or "Basic …". Never logged. */
  readonly authorization?: string | undefined
  /** PEM; undefined means the certificates Node trusts. */
  readonly ca?: string | undefined
  /** PEM of the client certificate and its key. */
  readonly cert?: string | undefined
  readonly key?: string | undefined
}

export interface Credential {
  /** What to present now. Cheap to call before every request: files and plugins behind it are cached. */
  current(): Presented | Promise<Presented>
  /**
   * The server answered 401 to `refused`: look again. Callers at the same time share one look. The result may equal
   * what was refused; then the 401 stands.
   */
  renew(refused: Presented): Promise<Presented>
}

/** Everything needed to talk to one API server. */
export interface ClusterAccess {
  /** "https://host:port", with a path where a gateway adds one. "http://" is plain HTTP/1.1 (kubectl proxy). */
  readonly server: string
  readonly credential: Credential
  /** The name in the server's certificate, where it is not the host of `server`. */
  readonly serverName?: string | undefined
  readonly insecureSkipTlsVerify: boolean
  /** "http://host:port" or "https://…": reached through CONNECT. */
  readonly proxyUrl?: string | undefined
  /** The pod's namespace in a cluster, else the context's, else "default". */
  readonly namespace: string
  readonly inCluster: boolean
}

/** A credential that never changes. */
export const fixedCredential = (presented: Presented): Credential => ({
  current: () => presented,
  renew: async () => presented,
})

// This file is about node:http without its WebSocket client.

/**
 * An import asks a module for all that it exports, and node:http then loads what its WebSocket is made of: 5 MB for the
 * life of the process. Taking the module itself asks for nothing.
 */
export const http = process.getBuiltinModule('node:http')

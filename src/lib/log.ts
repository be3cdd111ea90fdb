/** What is needed of a logger; a pino logger is one. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} };

/** What a log or a status may say of something thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

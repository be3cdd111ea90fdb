type Body = Record<string, unknown>;

/** Whether a request asks for the usage of a stream. */
export function asksForUsage({ stream_options }: Body): boolean {
  return asObject(stream_options).include_usage === true;
}

/** The request with the flag that asks for usage, or without it; other options stay. */
export function withUsageFlag(request: Body, ask: boolean): Body {
  const { stream_options, ...rest } = request;
  const { include_usage: _, ...options } = asObject(stream_options);
  if (ask) return { ...rest, stream_options: { ...options, include_usage: true } };
  return Object.keys(options).length === 0 ? rest : { ...rest, stream_options: options };
}

/** Whether a provider's error may be because of the flag. Only a try without it tells for certain. */
export function mayHaveRefusedFlag({ status, body }: { status: number; body: Buffer }): boolean {
  if (status !== 400 && status !== 422) return false;
  return body.includes('stream_options') || body.includes('include_usage');
}

function asObject(value: unknown): Body {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Body) : {};
}

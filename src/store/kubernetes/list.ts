import { ApiError } from './api-error.ts';
import type { RawObject } from './raw-object.ts';
import type { Query, Transport } from './transport.ts';

const PAGE = 500;

interface Page {
  metadata?: { resourceVersion?: string; continue?: string };
  items?: RawObject[];
}

/**
 * All objects under `path`, page by page, and the resourceVersion that they are of.
 * @param exactly list as of this resourceVersion; HTTP 410 where the API server has forgotten it
 */
export async function listAll(
  transport: Transport,
  path: string,
  query: Query,
  options: { signal?: AbortSignal; exactly?: string } = {},
): Promise<{ items: RawObject[]; version: string }> {
  const { signal, exactly } = options;
  const items: RawObject[] = [];
  let from: Query = exactly ? { resourceVersion: exactly, resourceVersionMatch: 'Exact' } : {};
  for (;;) {
    const page = (await transport.request({
      method: 'GET',
      path,
      query: { ...query, limit: PAGE, ...from },
      ...(signal && { signal }),
    })) as Page;
    const version = page.metadata?.resourceVersion;
    if (!version || !Array.isArray(page.items)) {
      throw new ApiError(
        'Unavailable',
        `GET ${path}: the answer is no list: is this a Kubernetes API server?`,
      );
    }
    // Not push(...): a page may be larger than was asked for.
    for (const item of page.items) items.push(item);
    if (!page.metadata?.continue) return { items, version };
    from = { continue: page.metadata.continue };
  }
}

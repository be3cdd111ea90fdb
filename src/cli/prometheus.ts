import { type CustomSource, withoutPrometheus } from '../evidence/prometheus/source.ts';
import { prometheusEvidence } from '../evidence/prometheus.ts';
import type { Log } from '../lib/log.ts';
import type { PrometheusOptions } from './options.ts';
import { UsageError } from './usage-error.ts';

/**
 * The source that the options name.
 * @throws UsageError where they cannot be meant; never with what an URL holds.
 */
export function customSource(options: PrometheusOptions, log: Log): CustomSource {
  const { prometheus, prometheusTokenFile: tokenFile } = options;
  if (prometheus === undefined || prometheus === '') {
    if (!tokenFile) return withoutPrometheus;
    throw new UsageError('--prometheus-token-file is for a Prometheus: give --prometheus URL too');
  }
  return prometheusEvidence({ url: checkUrl(prometheus), log, ...(tokenFile && { tokenFile }) });
}

function checkUrl(text: string): string {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new UsageError('--prometheus: write it as http://HOST:PORT, with a path where it has one');
  }
  if (url.username !== '' || url.password !== '') {
    throw new UsageError(
      '--prometheus: take the credentials out of the URL, where others can read them; put a token into a file and name it by --prometheus-token-file',
    );
  }
  if (url.search !== '' || url.hash !== '') {
    throw new UsageError('--prometheus: give the base URL, without a query or a fragment');
  }
  return url.href;
}

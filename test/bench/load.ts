import { Pool } from 'undici';

export interface LoadResult {
  calls: number;
  /** With those before counting began. */
  sent: number;
  failed: number;
  perSecond: number;
  p50: number;
  p99: number;
}

/** Calls as fast as `connections` allow for so many seconds, after a second that is not counted. */
async function load(url: string, seconds: number, connections = 16): Promise<LoadResult> {
  const pool = new Pool(url, { connections, pipelining: 1 });
  const headers = { 'content-type': 'application/json', authorization: 'Bearer caller' };
  const latencies: number[] = [];
  let failed = 0;
  let sent = 0;
  const begin = performance.now() + 1_000;
  const end = begin + seconds * 1_000;
  const caller = async (name: string) => {
    for (let n = 0; ; n++) {
      const at = performance.now();
      if (at >= end) return;
      const body = JSON.stringify({
        model: 'answers',
        user: `${name}-${n % 500}`,
        temperature: 0.2,
        metadata: { variables: { product: 'bicycles' } },
        messages: [{ role: 'user', content: 'How do I mend a flat tyre on the road? '.repeat(8) }],
      });
      const answer = await pool.request({ method: 'POST', path: '/v1/chat/completions', headers, body });
      await answer.body.arrayBuffer();
      sent++;
      if (at < begin) continue;
      if (answer.statusCode !== 200) failed++;
      latencies.push(performance.now() - at);
    }
  };
  await Promise.all(Array.from({ length: connections }, (_, n) => caller(`caller-${n}`)));
  await pool.close();
  latencies.sort((a, b) => a - b);
  const at = (share: number) => latencies[Math.floor(latencies.length * share)] ?? Number.NaN;
  return {
    calls: latencies.length,
    sent,
    failed,
    perSecond: latencies.length / seconds,
    p50: at(0.5),
    p99: at(0.99),
  };
}

process.on('message', ({ url, seconds }: { url: string; seconds: number }) => {
  void load(url, seconds).then((result) => process.send?.(result));
});
process.once('disconnect', () => process.exit());
process.send?.({ ready: true });

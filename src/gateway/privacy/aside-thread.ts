import { detectorsFor } from '../../privacy/detectors.ts';
import { findAll } from '../../privacy/find-all.ts';
import type { Detector, Span } from '../../privacy/span.ts';
import type { Look } from './aside.ts';

/** Routes are few; of those that come and go the oldest are made again. */
const MOST_KNOWN = 64;
const known = new Map<string, readonly Detector[]>();

/** What `aside.ts` has a thread do. */
export default function look({ kinds, custom, said }: Look): Span[][] {
  const id = JSON.stringify([kinds, custom]);
  let detectors = known.get(id);
  if (detectors === undefined) {
    for (const oldest of known.keys()) {
      if (known.size < MOST_KNOWN) break;
      known.delete(oldest);
    }
    detectors = detectorsFor(kinds, custom);
    known.set(id, detectors);
  }
  return findAll(said, detectors);
}

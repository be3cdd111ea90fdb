import type { ReleaseStatus } from '../api/status.ts';
import { type Colors, clipMiddle, WIDTH } from './text.ts';

const BAR = 25;
const NAME = WIDTH - BAR - 21;

type Role = 'stable' | 'candidate' | 'shadow';

/** Who serves how much, stable first, and who answers copies. */
export function drawTraffic(status: ReleaseStatus, colors: Colors): string[] {
  const rows = split(status).map(({ role, revision, weight }) => {
    const paint = role === 'stable' ? colors.green : role === 'candidate' ? colors.yellow : colors.cyan;
    const length = Math.round((weight / 100) * BAR);
    const bar = (role === 'shadow' ? '▒' : '█').repeat(length).padEnd(BAR, '·');
    const share = `${String(weight).padStart(3)}%`;
    return `  ${role.padEnd(10)}${share}  ${paint(bar)}  ${clipMiddle(revision, NAME)}`;
  });
  return rows.length === 0 ? [] : ['Traffic', ...rows];
}

function split({ traffic = [], shadow, stableRevision, candidateRevision }: ReleaseStatus) {
  const serving = traffic.map((each) => ({ ...each, role: roleOf(each.revision) }));
  const ended =
    candidateRevision !== undefined && shadow === undefined && !traffic.some(is(candidateRevision))
      ? [{ revision: candidateRevision, weight: 0, role: 'candidate' as Role }]
      : [];
  const copies = shadow === undefined ? [] : [{ ...shadow, role: 'shadow' as Role }];
  return [...serving, ...ended, ...copies];

  function roleOf(revision: string): Role {
    return revision === candidateRevision && revision !== stableRevision ? 'candidate' : 'stable';
  }
}

const is =
  (name: string) =>
  ({ revision }: { revision: string }): boolean =>
    revision === name;

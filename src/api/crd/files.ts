import { dump } from 'js-yaml';
import { GROUP, KIND_NAMES, KINDS } from '../resource.ts';
import { definition } from './definition.ts';

const HEADER = '# Generated from src/api by `npm run generate`; do not edit.\n';

/** The text of every CRD, by file name; the same at every run. */
export function crdFiles(): Map<string, string> {
  const options = { noRefs: true, lineWidth: 110, quoteStyle: 'single' } as const;
  return new Map(
    KIND_NAMES.map((kind) => [
      `${GROUP}_${KINDS[kind].plural}.yaml`,
      `${HEADER}${dump(definition(kind), options)}`,
    ]),
  );
}

import { dump } from 'js-yaml';

/** The first line of each generated YAML file. */
export const HEADER = '# Generated from src/ by `npm run generate`; do not edit.\n';

/** A value as YAML, the same at every run. */
export const yaml = (value: unknown): string =>
  dump(value, { noRefs: true, lineWidth: 110, quoteStyle: 'single' });

/** Several objects as one file. */
export const documents = (objects: readonly object[]): string => objects.map(yaml).join('---\n');

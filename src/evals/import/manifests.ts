import { dump } from 'js-yaml';
import { API_VERSION, MAX_NAME } from '../../api/resource.ts';
import type { Imported } from './promptfoo.ts';
import type { ImportedPrompt } from './prompts.ts';

export interface ManifestOptions {
  /** Of the suite; prompts are called after it. */
  name: string;
  namespace?: string | undefined;
  /** ModelRoute that prompts are put on. */
  route: string;
}

/** Cases that stand in the suite itself; more go to a ConfigMap. */
const MOST_INLINE = 200;
/** Of one object, in bytes: the API server takes 1 MiB. */
const MOST_TEXT = 768 * 1024;

/**
 * What was imported, as manifests: the suite, ConfigMaps for its cases where they are many, and a PromptRelease for each
 * prompt.
 * @throws Error where there are too many cases for eight ConfigMaps.
 */
export function importedManifests({ suite, cases, prompts }: Imported, options: ManifestOptions): string {
  const { name, namespace } = options;
  const metadata = (own: string) => ({ name: own, ...(namespace !== undefined && { namespace }) });
  const lines = cases.map((each) => JSON.stringify(each));
  const inline = cases.length <= MOST_INLINE && Buffer.byteLength(lines.join('')) <= MOST_TEXT;
  const texts = inline ? [] : chunks(lines);
  if (texts.length > 8) throw new Error('the cases are larger than eight ConfigMaps: import them in parts');
  const configMaps = texts.map((text, at) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: metadata(`${name}-cases-${at + 1}`),
    data: { 'cases.jsonl': text },
  }));
  const from = configMaps.map((each) => ({
    configMapKeyRef: { name: each.metadata.name, key: 'cases.jsonl' },
  }));
  const spec = { ...suite, ...(inline ? { cases } : { casesFrom: from }) };
  const objects = [
    { apiVersion: API_VERSION, kind: 'EvalSuite', metadata: metadata(name), spec },
    ...configMaps,
    ...releases(prompts, options).map((each) => ({
      apiVersion: API_VERSION,
      kind: 'PromptRelease',
      metadata: metadata(each.name),
      spec: each.spec,
    })),
  ];
  return objects.map((each) => dump(each, { noRefs: true, lineWidth: 120 })).join('---\n');
}

/** A prompt is called after its label, else after the suite. */
function releases(prompts: readonly ImportedPrompt[], { name, route }: ManifestOptions) {
  const taken = new Set<string>();
  return prompts.map(({ label, prompt }, at) => {
    const wanted = asName(label ?? '') ?? (prompts.length === 1 ? name : `${name}-${at + 1}`);
    let own = wanted;
    for (let count = at + 1; taken.has(own); count++) own = `${wanted.slice(0, MAX_NAME - 4)}-${count}`;
    taken.add(own);
    return { name: own, spec: { routeRef: { name: route }, prompt } };
  });
}

/** Text as a name of Kubernetes; undefined where nothing is left of it. */
export function asName(text: string): string | undefined {
  const name = text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, MAX_NAME)
    .replaceAll(/^-+|-+$/g, '');
  return name === '' ? undefined : name;
}

function chunks(lines: readonly string[]): string[] {
  const texts: string[] = [];
  for (const line of lines) {
    const last = texts.at(-1);
    if (last === undefined || Buffer.byteLength(last) + Buffer.byteLength(line) > MOST_TEXT)
      texts.push(`${line}\n`);
    else texts[texts.length - 1] = `${last}${line}\n`;
  }
  return texts;
}

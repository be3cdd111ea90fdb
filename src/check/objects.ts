import { type Manifest, parseManifests } from '../api/manifest.ts';
import { parseMetadata } from '../api/metadata.ts';
import { pathText } from '../api/problem.ts';
import { isOurs, type Kind } from '../api/resource.ts';
import { withoutMark } from '../lib/byte-order-mark.ts';
import { splitDocuments } from '../lib/yaml-documents.ts';
import { fieldLine } from '../lib/yaml-line.ts';
import type { Finding } from './finding.ts';

/** A content, taken apart once however many files and sides have it. */
export interface Content {
  text: string;
  manifests: readonly Manifest[];
}

/** An object of Sluice's kinds as one side has it. */
export interface Found {
  kind: Kind;
  namespace: string;
  name: string;
  /** Undefined where it does not satisfy its schema. */
  spec: Manifest['spec'];
  file: string;
  /** Id of the file's content. */
  id: string;
  /** Line of a field in the file, counted from 1. */
  line(path: readonly PropertyKey[]): number;
}

/** What one side holds. */
export interface Side {
  /** By `keyOf`. Where two files speak of one object, the first by path is heard. */
  objects: ReadonlyMap<string, Found>;
  /** Data of ConfigMaps, by `namespace/name`. */
  configMaps: ReadonlyMap<string, Record<string, unknown>>;
  /** What does not parse or satisfy its schema, and objects that are there twice; each with the id of its content. */
  findings: readonly (Finding & { id: string })[];
}

export const keyOf = (kind: Kind, namespace: string, name: string): string => `${kind} ${namespace}/${name}`;

const OURS = /sluice\.dev\/|\bkind["']?\s*:\s*["']?(PromptRelease|ModelRoute|ModelProvider|EvalSuite)\b/;
const MAY_MATTER = new RegExp(`${OURS.source}|\\bkind["']?\\s*:\\s*["']?ConfigMap\\b`);

/** What a text holds; nothing where no kind that matters here is named in it. */
export function contentOf(text: string, namespace: string): Content {
  const source = withoutMark(text);
  return { text: source, manifests: MAY_MATTER.test(source) ? parseManifests(source, '', namespace) : [] };
}

/** Puts the contents of the files together. */
export function sideOf(
  files: readonly { path: string; id: string; content: Content }[],
  namespace: string,
): Side {
  const objects = new Map<string, Found>();
  const configMaps = new Map<string, Record<string, unknown>>();
  const findings: (Finding & { id: string })[] = [];
  for (const { path: file, id, content } of files) {
    for (const manifest of content.manifests) {
      const { raw, kind, metadata, problems } = manifest;
      if (kind === undefined && raw?.apiVersion === 'v1' && raw.kind === 'ConfigMap') {
        const named = parseMetadata(raw.metadata, { namespace, ours: false }).metadata;
        const data = raw.data as Record<string, unknown> | null | undefined;
        const key = named && `${named.namespace}/${named.name}`;
        if (key && data && typeof data === 'object' && !configMaps.has(key)) configMaps.set(key, data);
        continue;
      }
      if (raw !== undefined && isListOfOurs(raw)) {
        const message =
          'a List is not looked into: write its items as documents of their own, with --- between';
        findings.push({ id, level: 'warning', file, line: manifest.line, rule: 'schema', message });
        continue;
      }
      if (!isMeant(manifest, content.text)) continue;
      for (const { at, line, message } of problems) {
        const where = pathText(at);
        findings.push({
          id,
          level: 'error',
          file,
          line,
          rule: 'schema',
          message: where ? `${where}: ${message}` : message,
        });
      }
      if (kind === undefined || metadata === undefined) continue;
      const key = keyOf(kind, metadata.namespace, metadata.name);
      const first = objects.get(key);
      if (first !== undefined) {
        const message = `${key} is in ${first.file} already: remove one of them`;
        findings.push({ id, level: 'error', file, line: manifest.line, rule: 'duplicate', message });
        continue;
      }
      const line = (path: readonly PropertyKey[]) => lineIn(content.text, manifest, path);
      const { namespace: own, name } = metadata;
      objects.set(key, {
        kind,
        namespace: own,
        name,
        spec: problems.length > 0 ? undefined : manifest.spec,
        file,
        id,
        line,
      });
    }
  }
  return { objects, configMaps, findings };
}

/** Whether it is what `kubectl get -o yaml` prints of several objects, Sluice's among them. */
function isListOfOurs({ kind, items }: Record<string, unknown>): boolean {
  return kind === 'List' && Array.isArray(items) && items.some((each) => isOurs(each ?? {}));
}

/** Whether a document is one of Sluice's, as far as can be told of one that is no YAML. */
function isMeant({ raw, kind, document }: Manifest, text: string): boolean {
  if (kind !== undefined) return true;
  if (raw !== undefined) return isOurs(raw);
  const span = splitDocuments(text)[document];
  return span !== undefined && OURS.test(text.slice(span.start, span.end));
}

function lineIn(text: string, { document, line }: Manifest, path: readonly PropertyKey[]): number {
  const span = splitDocuments(text)[document];
  return span === undefined ? line : span.line - 1 + fieldLine(text.slice(span.start, span.end), path);
}

import { CORE_SCHEMA, loadAll, mergeTag, YAMLException } from 'js-yaml';
import { z } from 'zod';
import { ModelProviderSpec } from '../../api/model-provider.ts';
import { ModelRouteSpec } from '../../api/model-route.ts';
import { PromptReleaseSpec } from '../../api/prompt-release.ts';
import { API_VERSION, GROUP, KINDS, type Kind } from '../../api/resource.ts';
import { objectName } from '../../api/schema.ts';
import { messageOf } from '../../lib/log.ts';
import { splitDocuments } from '../../lib/yaml-documents.ts';
import { fieldLine } from '../../lib/yaml-line.ts';
import type { ManifestFile } from './folder.ts';

/** One object of the four kinds as a file says it. */
export interface ManifestObject {
  kind: Kind;
  namespace: string;
  name: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  /** Unchecked where `invalid` is set. */
  spec: Record<string, unknown>;
  /** File, line, field path and what is wrong. */
  invalid?: string;
  file: string;
  /** Index among the file's documents. */
  document: number;
}

export interface ConfigMapData {
  namespace: string;
  name: string;
  data: Record<string, string>;
}

/** What one file says. */
export interface ParsedFile {
  path: string;
  objects: ManifestObject[];
  configMaps: ConfigMapData[];
  /** Why the file as a whole cannot be believed: none of its objects may be taken for deleted. */
  problem?: string;
  /** What was left out, for the log. */
  notes: string[];
}

const SPECS = {
  PromptRelease: PromptReleaseSpec,
  ModelRoute: ModelRouteSpec,
  ModelProvider: ModelProviderSpec,
} as const;

const strings = z.record(z.string(), z.string());
const Metadata = z.object({
  name: objectName(),
  namespace: objectName().max(63).optional(),
  labels: strings.nullish(),
  annotations: strings.nullish(),
});

/** Reads the documents of one file. Never throws: what is wrong is in the answer. */
export function parseFile({ path, text }: ManifestFile, defaultNamespace: string): ParsedFile {
  const parsed: ParsedFile = { path, objects: [], configMaps: [], notes: [] };
  try {
    for (const [index, span] of splitDocuments(text).entries()) {
      const source = text.slice(span.start, span.end);
      readDocument(parsed, { source, line: span.line, index, defaultNamespace });
    }
  } catch (error) {
    parsed.problem = messageOf(error);
    parsed.objects = [];
  }
  return parsed;
}

interface DocumentText {
  source: string;
  line: number;
  index: number;
  defaultNamespace: string;
}

function readDocument(parsed: ParsedFile, document: DocumentText): void {
  const at = (path: readonly PropertyKey[]) =>
    `${parsed.path}:${document.line - 1 + fieldLine(document.source, path)}`;
  const value = load(parsed.path, document);
  if (value === undefined || value === null) return;
  if (typeof value !== 'object' || Array.isArray(value)) throw new Error(`${at([])}: no Kubernetes object`);
  const { apiVersion, kind, metadata, spec, data } = value as Record<string, unknown>;
  if (kind === 'Secret') {
    parsed.notes.push(`${at([])}: a Secret in a file is not read: give its keys as environment variables`);
    return;
  }
  const ours = typeof apiVersion === 'string' && apiVersion.startsWith(`${GROUP}/`);
  const known = ours && typeof kind === 'string' && Object.hasOwn(KINDS, kind);
  if (!known && !(apiVersion === 'v1' && kind === 'ConfigMap')) {
    parsed.notes.push(
      `${at(['kind'])}: ${String(apiVersion)} ${String(kind)} is none of Sluice's kinds: ignored`,
    );
    return;
  }
  const meta = Metadata.safeParse(metadata);
  // Without a name nobody can say which object this is, so none of this file may be taken for deleted.
  if (!meta.success) throw new Error(describe(meta.error, ['metadata'], at));
  const { name, namespace = document.defaultNamespace } = meta.data;
  if (!known) {
    const texts = Object.entries((data ?? {}) as object).filter(([, each]) => typeof each === 'string');
    parsed.configMaps.push({ namespace, name, data: Object.fromEntries(texts) as Record<string, string> });
    return;
  }
  const invalid = faultOf(value as Record<string, unknown>, at);
  parsed.objects.push({
    kind: kind as Kind,
    namespace,
    name,
    labels: meta.data.labels ?? {},
    annotations: meta.data.annotations ?? {},
    spec: (typeof spec === 'object' && spec !== null ? spec : {}) as Record<string, unknown>,
    ...(invalid !== undefined && { invalid }),
    file: parsed.path,
    document: document.index,
  });
}

function load(path: string, { source, line }: DocumentText): unknown {
  try {
    // Merge keys and few aliases, as the API server's own reader has them.
    return loadAll(source, { schema: CORE_SCHEMA.withTags(mergeTag), maxAliases: 100 })[0];
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    throw new Error(`${path}:${line + (error.mark?.line ?? 0)}: ${error.reason}`);
  }
}

/** What is wrong with an object of a known kind; undefined where nothing is. */
function faultOf(
  value: Record<string, unknown>,
  at: (path: readonly PropertyKey[]) => string,
): string | undefined {
  if (value.apiVersion !== API_VERSION) {
    return `${at(['apiVersion'])}: apiVersion: "${String(value.apiVersion)}" is not served: write ${API_VERSION}`;
  }
  const stray = Object.keys(value).find(
    (key) => !['apiVersion', 'kind', 'metadata', 'spec', 'status'].includes(key),
  );
  if (stray !== undefined) return `${at([stray])}: ${stray}: unknown field`;
  const checked = SPECS[value.kind as Kind].safeParse(value.spec);
  return checked.success ? undefined : describe(checked.error, ['spec'], at);
}

function describe(error: z.ZodError, base: string[], at: (path: readonly PropertyKey[]) => string): string {
  const { issues } = error;
  const [first] = issues;
  const path = [...base, ...first!.path];
  const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : '';
  return `${at(path)}: ${path.join('.')}: ${first!.message}${more}`;
}

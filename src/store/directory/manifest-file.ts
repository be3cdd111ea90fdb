import { type Manifest, parseManifests, placedSummary } from '../../api/manifest.ts';
import { parseMetadata } from '../../api/metadata.ts';
import { summaryOf } from '../../api/problem.ts';
import { isOurs, type Kind } from '../../api/resource.ts';
import { messageOf } from '../../lib/log.ts';
import type { ManifestFile } from './folder.ts';

/** One object of Sluice's kinds as a file says it. */
export interface ManifestObject {
  kind: Kind;
  namespace: string;
  name: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  /** Annotations that the inbox of the state folder asks for, beside those of the file. */
  asked?: Record<string, string>;
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

/** Reads the documents of one file. Never throws: what is wrong is in the answer. */
export function parseFile({ path, text }: ManifestFile, defaultNamespace: string): ParsedFile {
  const parsed: ParsedFile = { path, objects: [], configMaps: [], notes: [] };
  try {
    for (const manifest of parseManifests(text, path, defaultNamespace)) {
      readManifest(parsed, manifest, defaultNamespace);
    }
  } catch (error) {
    parsed.problem = messageOf(error);
    parsed.objects = [];
  }
  return parsed;
}

function readManifest(parsed: ParsedFile, manifest: Manifest, defaultNamespace: string): void {
  const { raw, kind, metadata, spec, document, source: file, line } = manifest;
  const fault = placedSummary(manifest);
  if (raw === undefined) throw new Error(fault);
  if (kind === undefined && raw.apiVersion === 'v1' && raw.kind === 'ConfigMap') {
    parsed.configMaps.push(configMapOf(raw, `${file}:${line}`, defaultNamespace));
  } else if (kind === undefined) {
    parsed.notes.push(noteOn(manifest));
  } else {
    // Without a name nobody can say which object this is, so none of this file may be taken for deleted.
    if (metadata === undefined) throw new Error(fault);
    const shown = spec ?? (typeof raw.spec === 'object' ? raw.spec : undefined) ?? {};
    parsed.objects.push({
      kind,
      ...metadata,
      spec: shown as Record<string, unknown>,
      ...(fault !== undefined && { invalid: fault }),
      file,
      document,
    });
  }
}

function configMapOf(raw: Record<string, unknown>, at: string, namespace: string): ConfigMapData {
  const { metadata, problems } = parseMetadata(raw.metadata, { namespace, ours: false });
  if (metadata === undefined) throw new Error(`${at}: ${summaryOf(problems)}`);
  const data = Object.entries((raw.data ?? {}) as object).filter(([, each]) => typeof each === 'string');
  return { namespace: metadata.namespace, name: metadata.name, data: Object.fromEntries(data) };
}

/**
 * Why a document is left out.
 * @throws Error where it is meant for Sluice: a kind mistyped must not pass for an object deleted.
 */
function noteOn(manifest: Manifest): string {
  const { raw = {}, source, line } = manifest;
  if (raw.kind === 'Secret') {
    return `${source}:${line}: a Secret in a file is not read: give its keys as environment variables`;
  }
  const fault = placedSummary(manifest);
  if (fault === undefined) {
    return `${source}:${line}: ${raw.apiVersion} ${raw.kind} is none of Sluice's kinds: ignored`;
  }
  if (isOurs(raw)) throw new Error(fault);
  return `${fault}: ignored`;
}

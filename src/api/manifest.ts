import { boolYaml11Tag, CORE_SCHEMA, load, mergeTag, YAMLException } from 'js-yaml';
import { messageOf } from '../lib/log.ts';
import { type DocumentSpan, splitDocuments } from '../lib/yaml-documents.ts';
import { fieldLine } from '../lib/yaml-line.ts';
import { type ManifestMetadata, parseMetadata } from './metadata.ts';
import { parseSpec } from './parse-spec.ts';
import { MAX_BYTES, plainProblem } from './plain.ts';
import { type Problem, problem, shown, summaryOf } from './problem.ts';
import { API_VERSION, isOurs, KIND_NAMES, KINDS, type Kind, type SpecOf } from './resource.ts';

/** YAML as kubectl reads it: merge keys, and `yes`, `no`, `on`, `off`, `y`, `n` are true and false. */
const KUBECTL_YAML = CORE_SCHEMA.withTags(mergeTag, boolYaml11Tag);

export interface ManifestProblem extends Problem {
  /** Line in the text, counted from 1. */
  line: number;
}

/** One YAML document that is not empty. */
export interface Manifest {
  /** As handed in, such as a file's path. */
  source: string;
  /** Index among the text's documents that hold anything. */
  document: number;
  /** Line of its first character, counted from 1. */
  line: number;
  /** The object as it is written; undefined where the document is no object at all, or no YAML. */
  raw?: Record<string, unknown>;
  /** One of Sluice's kinds; undefined for objects of others, of which nothing else is checked. */
  kind?: Kind;
  /** Undefined where it has a problem. */
  metadata?: ManifestMetadata;
  /** Undefined where it has a problem; of the type that `kind` says. */
  spec?: SpecOf[Kind];
  /** All that is wrong, as the API server would refuse it; empty where nothing is. */
  problems: ManifestProblem[];
}

/**
 * Reads the manifests in a YAML or JSON text as strictly as `kubectl apply` does. `namespace` is that of an object that
 * names none. Never throws: what is wrong with a document is in its `problems`.
 */
export function parseManifests(text: string, source: string, namespace = 'default'): Manifest[] {
  return splitDocuments(text).flatMap((span, document) => {
    const body = text.slice(span.start, span.end);
    const manifest = { source, document, line: span.line };
    const read = loadDocument(body, span);
    if ('problem' in read) return { ...manifest, problems: [read.problem] };
    if (read.value === null || read.value === undefined) return [];
    const { problems, ...object } = readObject(read.value, namespace);
    const line = ({ at }: Problem) => span.line - 1 + fieldLine(body, at);
    return { ...manifest, ...object, problems: problems.map((each) => ({ ...each, line: line(each) })) };
  });
}

/** A problem as people are told it: source, line, field, what is wrong. */
export function placedSummary({ source, problems }: Manifest): string | undefined {
  const [first] = problems;
  return first && `${source}:${first.line}: ${summaryOf(problems)}`;
}

function loadDocument(
  body: string,
  { line }: DocumentSpan,
): { value: unknown } | { problem: ManifestProblem } {
  if (Buffer.byteLength(body) > MAX_BYTES) {
    return { problem: { ...problem([], `is larger than ${MAX_BYTES / 1024} KiB: split it up`), line } };
  }
  try {
    return { value: load(body, { schema: KUBECTL_YAML, maxAliases: 100 }) };
  } catch (error) {
    const known = error instanceof YAMLException;
    const message = `is no YAML: ${known ? error.reason : messageOf(error)}`;
    return { problem: { ...problem([], message), line: line + ((known && error.mark?.line) || 0) } };
  }
}

type Read = Pick<Manifest, 'raw' | 'kind' | 'metadata' | 'spec'> & { problems: Problem[] };

function readObject(value: unknown, namespace: string): Read {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { problems: [problem([], 'is no Kubernetes object: it needs apiVersion, kind and metadata')] };
  }
  const raw = value as Record<string, unknown>;
  const impossible = plainProblem(raw, []);
  if (impossible !== undefined) return { problems: [impossible] };
  const { apiVersion, kind } = raw;
  const known = typeof kind === 'string' && Object.hasOwn(KINDS, kind);
  if (!isOurs(raw) && !(known && apiVersion === undefined)) return { raw, problems: foreignProblems(raw) };
  if (!known) return { raw, problems: [kindProblem(kind)] };

  const { metadata, problems } = parseMetadata(raw.metadata, { namespace });
  const spec = parseSpec(kind as Kind, raw.spec, { strict: true });
  return {
    raw,
    kind: kind as Kind,
    ...(metadata && { metadata }),
    ...(spec.spec && { spec: spec.spec }),
    problems: [...frameProblems(raw), ...problems, ...(spec.problems ?? [])],
  };
}

/** Of other people's objects only what makes them objects is checked. */
function foreignProblems({ apiVersion, kind }: Record<string, unknown>): Problem[] {
  if (typeof apiVersion !== 'string' || apiVersion === '') return [problem(['apiVersion'], 'is required')];
  return typeof kind !== 'string' || kind === '' ? [problem(['kind'], 'is required')] : [];
}

function kindProblem(kind: unknown): Problem {
  if (typeof kind !== 'string' || kind === '') return problem(['kind'], 'is required');
  return problem(['kind'], `there is no ${shown(kind)}: write one of ${KIND_NAMES.join(', ')}`);
}

/** What is wrong around metadata and spec. */
function frameProblems(raw: Record<string, unknown>): Problem[] {
  const { apiVersion } = raw;
  const problems: Problem[] = [];
  if (apiVersion !== API_VERSION) {
    const what = typeof apiVersion === 'string' ? `${shown(apiVersion)} is not served` : 'is required';
    problems.push(problem(['apiVersion'], `${what}: write ${API_VERSION}`));
  }
  for (const key of Object.keys(raw)) {
    if (['apiVersion', 'kind', 'metadata', 'spec', 'status'].includes(key)) continue;
    problems.push(problem([key], 'unknown field: remove it or correct its name'));
  }
  return problems;
}

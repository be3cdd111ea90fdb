import { z } from 'zod';
import { type Problem, problemsOf, shown } from './problem.ts';
import { MAX_NAME } from './resource.ts';
import { objectName } from './schema.ts';

/** What a manifest says of an object's metadata. */
export interface ManifestMetadata {
  name: string;
  namespace: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
}

const QUALIFIED =
  /^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const LABEL_VALUE = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;
const MAX_ANNOTATIONS = 256 * 1024;

/** A map of strings as the API server has it. Faults are those of the map, as it reports them too. */
const stringMap = (isKey: (key: string) => boolean, isValue: (value: string) => boolean) =>
  z
    .record(z.string(), z.string())
    .superRefine((map, context) => {
      for (const [key, value] of Object.entries(map)) {
        if (!isKey(key)) context.addIssue({ code: 'custom', message: `${shown(key)} is no proper key` });
        if (!isValue(value)) {
          const message = `the value of ${shown(key)} must have at most 63 letters, digits, "-", "_" or "."`;
          context.addIssue({ code: 'custom', message });
        }
      }
    })
    .nullish();

const size = (map: Record<string, string>) =>
  Object.entries(map).reduce((sum, entry) => sum + Buffer.byteLength(entry.join('')), 0);

const ignored = z.unknown().optional();

const Metadata = (nameLength: number) =>
  z.strictObject({
    name: objectName(nameLength),
    namespace: z
      .string()
      .max(63)
      .regex(/^([a-z0-9]([-a-z0-9]*[a-z0-9])?)?$/, 'must be a lower-case RFC 1123 label such as my-namespace')
      .nullish(),
    labels: stringMap(
      (key) => QUALIFIED.test(key),
      (value) => LABEL_VALUE.test(value),
    ),
    // The API server lowers the case of an annotation's key before it looks at it.
    annotations: stringMap(
      (key) => QUALIFIED.test(key.toLowerCase()),
      () => true,
    ).refine((map) => size(map ?? {}) <= MAX_ANNOTATIONS, { message: 'must hold at most 256 KiB' }),
    // What `kubectl get -o yaml` adds: allowed, so that its output can be a manifest, and of no effect.
    generateName: ignored,
    uid: ignored,
    resourceVersion: ignored,
    generation: ignored,
    selfLink: ignored,
    creationTimestamp: ignored,
    deletionTimestamp: ignored,
    deletionGracePeriodSeconds: ignored,
    ownerReferences: ignored,
    finalizers: ignored,
    managedFields: ignored,
  });

const OURS = Metadata(MAX_NAME);
const ANY = Metadata(253);

/**
 * Holds `raw`, the `metadata` of a manifest, to what the API server asks. `namespace` is that of an object that names
 * none; `ours` bounds the name as the CRDs do. Never throws.
 */
export function parseMetadata(
  raw: unknown,
  { namespace = 'default', ours = true }: { namespace?: string; ours?: boolean } = {},
): { metadata?: ManifestMetadata; problems: Problem[] } {
  const parsed = (ours ? OURS : ANY).safeParse(raw);
  if (!parsed.success) return { problems: problemsOf(parsed.error, raw, ['metadata']) };
  const { name, labels, annotations } = parsed.data;
  const metadata = {
    name,
    namespace: parsed.data.namespace || namespace,
    labels: labels ?? {},
    annotations: annotations ?? {},
  };
  return { metadata, problems: [] };
}

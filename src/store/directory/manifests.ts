import type { Log } from '../../lib/log.ts';
import { type FolderReading, isWithin, type ManifestFile, readFolder } from './folder.ts';
import { keyOf } from './live-object.ts';
import { type ConfigMapData, type ManifestObject, type ParsedFile, parseFile } from './manifest-file.ts';

/** What a folder of manifests says as a whole. */
export interface Manifests {
  /** By `keyOf`. Where two files speak of one object, the first by path is heard. */
  objects: ReadonlyMap<string, ManifestObject>;
  /** By `namespace/name`. */
  configMaps: ReadonlyMap<string, ConfigMapData>;
  /** Why the file does not parse; undefined where it does, or is not there. */
  problemOf(file: string): string | undefined;
  /** Whether the file is there, or may be, and cannot be read. */
  isUnreadable(file: string): boolean;
}

export interface ManifestsOptions {
  folder: string;
  /** A folder below it that holds no manifests. */
  skip: string;
  /** Namespace of an object that names none. */
  namespace: string;
  log: Log;
}

/** Returns how to look through the folder; a look parses only what changed, and logs what is wrong once. */
export function manifestsIn({ folder, skip, namespace, log }: ManifestsOptions): () => Promise<Manifests> {
  let reading: FolderReading | undefined;
  let latest = new Map<string, { file: ManifestFile; parsed: ParsedFile }>();
  let doubles = new Set<string>();

  function parse(file: ManifestFile): ParsedFile {
    const last = latest.get(file.path);
    if (last?.file === file) return last.parsed;
    const parsed = parseFile(file, namespace);
    // A half-written file must not take a prompt's text away.
    if (parsed.problem !== undefined) parsed.configMaps = last?.parsed.configMaps ?? [];
    for (const note of parsed.notes) log.warn({}, note);
    for (const { invalid } of parsed.objects) if (invalid !== undefined) log.warn({}, invalid);
    if (parsed.problem !== undefined)
      log.warn({}, `${parsed.problem}; the file's objects go on as they were`);
    return parsed;
  }

  return async () => {
    reading = await readFolder(folder, reading, skip, log);
    const { unreadable } = reading;
    latest = new Map(reading.files.map((file) => [file.path, { file, parsed: parse(file) }]));
    const files = [...latest.values()].map(({ parsed }) => parsed);
    const objects = new Map<string, ManifestObject>();
    const said = new Set<string>();
    for (const object of files.flatMap((file) => file.objects)) {
      const key = keyOf(object.kind, object.namespace, object.name);
      const first = objects.get(key);
      if (first === undefined) objects.set(key, object);
      else
        said.add(
          `${key} is in ${first.file} and again in ${object.file}: the first is used, remove the other`,
        );
    }
    for (const double of said) if (!doubles.has(double)) log.error({}, double);
    doubles = said;
    const configMaps = new Map<string, ConfigMapData>();
    for (const each of files.flatMap((file) => file.configMaps)) {
      const key = `${each.namespace}/${each.name}`;
      if (!configMaps.has(key)) configMaps.set(key, each);
    }
    return {
      objects,
      configMaps,
      problemOf: (file) => latest.get(file)?.parsed.problem,
      isUnreadable: (file) => unreadable.some((path) => isWithin(file, path)),
    };
  };
}

import { API_VERSION, KIND_NAMES, KINDS, type Kind } from '../resource.ts';
import { SPECS, STATUSES } from '../schemas.ts';
import { type StructuralSchema, structural } from './structural.ts';

/** The reference of all kinds as Markdown, from their schemas; the same at every run. */
export function referenceMarkdown(): string {
  return [
    '<!-- Generated from src/api by `npm run generate`; do not edit. -->',
    `# API reference: \`${API_VERSION}\``,
    'All kinds are namespaced, and references stay in the namespace. A field in **bold** is required. `kubectl explain` says the same.',
    ...KIND_NAMES.map(kindSection),
  ].join('\n\n');
}

function kindSection(kind: Kind): string {
  const { plural, shortName } = KINDS[kind];
  const spec = structural(SPECS[kind]);
  return [
    `## ${kind} (\`${shortName}\`, \`${plural}\`)`,
    spec.description ?? '',
    '### spec',
    table(spec),
    '### status',
    table(structural(STATUSES[kind])),
  ].join('\n\n');
}

function table(schema: StructuralSchema): string {
  return ['| field | type | |', '|---|---|---|', ...rows(schema, '')].join('\n');
}

function rows(schema: StructuralSchema, path: string): string[] {
  const required = new Set((schema.required as string[] | undefined) ?? []);
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const at = path === '' ? name : `${path}.${name}`;
    const shown = required.has(name) ? `**\`${at}\`**` : `\`${at}\``;
    const inner = field.items ?? field;
    const list = field.items === undefined ? '' : '[]';
    return [`| ${shown} | ${typeOf(field)} | ${said(field)} |`, ...rows(inner, `${at}${list}`)];
  });
}

function typeOf({ type, items, enum: values, format, additionalProperties }: StructuralSchema): string {
  if (items !== undefined) return `list of ${typeOf(items)}`;
  if (additionalProperties !== undefined) return `map of ${typeOf(additionalProperties)}`;
  if (Array.isArray(values)) return values.map((value) => `\`${value}\``).join(', ');
  return format === 'date-time' ? 'time' : String(type ?? 'anything');
}

/** The description, and the rules that hold for it; as one cell of a table. */
function said(schema: StructuralSchema): string {
  const rules = (schema['x-kubernetes-validations'] ?? schema.items?.['x-kubernetes-validations']) as
    | { message: string }[]
    | undefined;
  const sentences = (rules ?? []).map(({ message }) => `Rule: ${message}.`);
  const description = schema.description ?? schema.items?.description ?? '';
  return [description, ...sentences].filter(Boolean).join(' ').replaceAll('|', '\\|').replaceAll('\n', ' ');
}

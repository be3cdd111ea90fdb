import { z } from 'zod';
import { Values } from './values.ts';
import { yaml } from './yaml.ts';

/** The part of a JSON Schema that values have. */
interface Schema {
  type?: string;
  description?: string;
  properties?: Record<string, Schema>;
  default?: unknown;
  examples?: unknown[];
}

const schema = (): Schema => z.toJSONSchema(Values, { target: 'draft-7', io: 'input' }) as Schema;

/** The chart's `values.schema.json`, by which Helm refuses values that are not meant. */
export const valuesSchema = (): string => `${JSON.stringify(schema(), withoutDefaults, 2)}\n`;

// Those of blocks say nothing, and Helm reads none: values.yaml has them.
const withoutDefaults = (key: string, value: unknown): unknown => (key === 'default' ? undefined : value);

/** The chart's `values.yaml`: each default, with what it means. */
export function valuesYaml(): string {
  return `# Generated from src/ by \`npm run generate\`; do not edit.\n${block(schema(), '')}`;
}

function block({ properties = {} }: Schema, indent: string): string {
  const entries = Object.entries(properties).map(([key, each]) => {
    const comment = `${indent}# ${each.description}\n${example(each, indent)}`;
    if (each.properties) return `${comment}${indent}${key}:\n${block(each, `${indent}  `)}`;
    return `${comment}${indented(yaml({ [key]: each.default }), indent)}`;
  });
  return entries.join(indent === '' ? '\n' : '');
}

function example({ examples: [value] = [] }: Schema, indent: string): string {
  return value === undefined ? '' : indented(yaml(value), `${indent}#   `);
}

const indented = (text: string, indent: string): string => text.replace(/^(?=.)/gm, indent);

/** The values as a table in Markdown. */
export function valuesTable(): string {
  const rows = leaves(schema(), '').map(([path, { description, default: value }]) => {
    const text = (description ?? '').replaceAll('|', '\\|');
    return `| \`${path}\` | \`${JSON.stringify(value)}\` | ${text} |`;
  });
  return ['| value | default | what it is |', '|---|---|---|', ...rows, ''].join('\n');
}

function leaves({ properties = {} }: Schema, prefix: string): [string, Schema][] {
  return Object.entries(properties).flatMap(([key, each]): [string, Schema][] =>
    each.properties ? leaves(each, `${prefix}${key}.`) : [[`${prefix}${key}`, each]],
  );
}

import { z } from 'zod';

/** A node of a structural schema, as `apiextensions.k8s.io/v1` has it. */
export interface StructuralSchema {
  type?: string;
  description?: string;
  properties?: Record<string, StructuralSchema>;
  items?: StructuralSchema;
  additionalProperties?: StructuralSchema;
  [keyword: string]: unknown;
}

type JsonSchema = Record<string, unknown>;

/** Keywords that mean the same in JSON Schema and in a CRD, and need no further thought. */
const COPIED = [
  'description',
  'type',
  'format',
  'enum',
  'pattern',
  'minimum',
  'maximum',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'minProperties',
  'maxProperties',
  'required',
];
const TYPES = ['object', 'array', 'string', 'integer', 'number', 'boolean'];
const PRESERVE = 'x-kubernetes-preserve-unknown-fields';

/**
 * The structural schema of what `schema` takes in.
 * @throws Error naming the field, where a keyword has no place in a structural schema, where a string, list or map has
 * no bound, or where a field has no description.
 */
export function structural(schema: z.ZodType): StructuralSchema {
  // Inlined, for a CRD has no references.
  const json = z.toJSONSchema(schema, {
    target: 'openapi-3.0',
    io: 'input',
    reused: 'inline',
    cycles: 'throw',
  });
  return convert(json as JsonSchema, '');
}

function convert(json: JsonSchema, path: string): StructuralSchema {
  const fail = (what: string): never => {
    throw new Error(`${path || 'the schema'}: ${what}`);
  };
  const { type, properties, items, additionalProperties, ...rest } = json;
  // Only what is kept as it is may be of any type.
  const anything = type === undefined && json[PRESERVE] === true;
  if (!anything && (typeof type !== 'string' || !TYPES.includes(type)))
    fail(`type ${JSON.stringify(type)} is not structural`);
  const node: StructuralSchema = {};
  for (const [keyword, value] of Object.entries(anything ? rest : { type, ...rest })) {
    if (!COPIED.includes(keyword) && !keyword.startsWith('x-kubernetes-')) fail(`unknown keyword ${keyword}`);
    node[keyword] = value;
  }
  if (type === 'integer') asInt64(node);
  if (properties !== undefined) {
    node.properties = mapValues(properties as Record<string, JsonSchema>, (each, name) => {
      const child = convert(each, path === '' ? name : `${path}.${name}`);
      if (child.description === undefined) throw new Error(`${path}.${name}: has no description`);
      return child;
    });
  }
  if (items !== undefined) node.items = convert(items as JsonSchema, `${path}[]`);
  // `false` is how Zod says strict; the API server prunes or refuses unknown fields by itself.
  const isMap = typeof additionalProperties === 'object' && node[PRESERVE] !== true;
  if (isMap) node.additionalProperties = convert(additionalProperties as JsonSchema, `${path}{}`);
  const unbounded = boundMissing(node);
  if (unbounded !== undefined) fail(`has no ${unbounded}`);
  return node;
}

/** Zod bounds every integer by what a double holds exactly; that is no bound that anybody has asked for. */
function asInt64(node: StructuralSchema): void {
  node.format = 'int64';
  if (node.minimum === Number.MIN_SAFE_INTEGER) delete node.minimum;
  if (node.maximum === Number.MAX_SAFE_INTEGER) delete node.maximum;
}

/** The bound that a node lacks, if any. Without bounds the API server cannot estimate the cost of a CEL rule. */
function boundMissing(node: StructuralSchema): string | undefined {
  if (node.type === 'string' && node.enum === undefined && node.maxLength === undefined) return 'maxLength';
  if (node.type === 'array' && node.maxItems === undefined) return 'maxItems';
  if (node.additionalProperties !== undefined && node.maxProperties === undefined) return 'maxProperties';
  if (node.type === 'array' && node.items === undefined) return 'items';
  if (
    node.type === 'object' &&
    isEmpty(node.properties) &&
    !node.additionalProperties &&
    node[PRESERVE] !== true
  ) {
    return 'properties, though unknown ones are not kept';
  }
  return undefined;
}

const isEmpty = (record: object = {}): boolean => Object.keys(record).length === 0;

function mapValues<T, U>(record: Record<string, T>, change: (value: T, key: string) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value, key)]));
}

import { z } from 'zod';
import { freeform, listMap, setOf, text, withRules } from '../schema.ts';
import { structural } from './structural.ts';

const object = (field: z.ZodType) => z.strictObject({ field: field.describe('A field.') });
const convert = (field: z.ZodType) => structural(object(field)).properties?.field;

test.each<[string, z.ZodType, object]>([
  ['text', text(63), { type: 'string', minLength: 1, maxLength: 63 }],
  ['an integer without bounds', z.int(), { type: 'integer', format: 'int64' }],
  [
    'an integer with bounds',
    z.int().min(1).max(100),
    { type: 'integer', format: 'int64', minimum: 1, maximum: 100 },
  ],
  ['an enum', z.enum(['A', 'B']), { type: 'string', enum: ['A', 'B'] }],
  [
    'a value of any type',
    z.unknown().meta({ 'x-kubernetes-preserve-unknown-fields': true }).optional(),
    { 'x-kubernetes-preserve-unknown-fields': true },
  ],
  ['a freeform object', freeform(), { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }],
  [
    'a set',
    setOf(text(8), 4),
    {
      type: 'array',
      maxItems: 4,
      'x-kubernetes-list-type': 'set',
      items: { type: 'string', minLength: 1, maxLength: 8 },
    },
  ],
])('%s', (_what, schema, expected) => {
  expect(convert(schema)).toEqual({ ...expected, description: 'A field.' });
});

test('rules, list keys and descriptions survive refinements and optional()', () => {
  const item = withRules(z.strictObject({ name: text(8).describe('Its name.') }), [
    { cel: 'self.name != "x"', message: 'not x', holds: ({ name }) => name !== 'x' },
  ]).describe('An item.');
  expect(convert(listMap(item, 'name', 4).optional())).toEqual({
    type: 'array',
    description: 'A field.',
    maxItems: 4,
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['name'],
    items: {
      type: 'object',
      description: 'An item.',
      required: ['name'],
      properties: { name: { type: 'string', description: 'Its name.', minLength: 1, maxLength: 8 } },
      'x-kubernetes-validations': [{ rule: 'self.name != "x"', message: 'not x' }],
    },
  });
});

const shared = text(8).meta({ id: 'Shared' });

test.each<[string, z.ZodType, string]>([
  ['a string without a bound', z.string(), 'field: has no maxLength'],
  ['a list without a bound', z.array(text(8)), 'field: has no maxItems'],
  ['a map without a bound', z.record(z.string(), text(8)), 'field: has no maxProperties'],
  ['a string without a bound in a list', z.array(z.string()).max(2), 'field[]: has no maxLength'],
  ['a union', z.union([text(8), z.int()]), 'field: type undefined is not structural'],
  ['null', text(8).nullable(), 'field: unknown keyword nullable'],
  ['a default', text(8).default('a'), 'field: unknown keyword default'],
  ['a reference', shared, 'unknown keyword definitions'],
  [
    'an object that keeps nothing',
    z.strictObject({}),
    'field: has no properties, though unknown ones are not kept',
  ],
])('%s is refused', (_what, schema, message) => {
  expect(() => convert(schema)).toThrow(message);
});

test('a field without a description is refused', () => {
  expect(() => structural(z.strictObject({ field: text(8) }))).toThrow('field: has no description');
});

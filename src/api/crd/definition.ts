import { GROUP, KINDS, type Kind, MAX_NAME, VERSION } from '../resource.ts';
import { SPECS, STATUSES } from '../schemas.ts';
import { COLUMNS } from './columns.ts';
import { type StructuralSchema, structural } from './structural.ts';

/** The CustomResourceDefinition of a kind, as `apiextensions.k8s.io/v1` takes it. */
export function definition(kind: Kind) {
  const { plural, shortName } = KINDS[kind];
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${GROUP}`, labels: { 'app.kubernetes.io/part-of': 'sluice' } },
    spec: {
      group: GROUP,
      scope: 'Namespaced',
      names: {
        kind,
        listKind: `${kind}List`,
        plural,
        singular: kind.toLowerCase(),
        shortNames: [shortName],
        categories: ['sluice'],
      },
      versions: [
        {
          name: VERSION,
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: COLUMNS[kind],
          schema: { openAPIV3Schema: objectSchema(kind) },
        },
      ],
    },
  };
}

function objectSchema(kind: Kind): StructuralSchema {
  const spec = structural(SPECS[kind]);
  return {
    type: 'object',
    ...(spec.description !== undefined && { description: spec.description }),
    required: ['spec'],
    properties: {
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      // The one thing that a CRD may say of metadata is how it is named.
      metadata: { type: 'object', properties: { name: { type: 'string', maxLength: MAX_NAME } } },
      spec,
      status: structural(STATUSES[kind]),
    },
  };
}

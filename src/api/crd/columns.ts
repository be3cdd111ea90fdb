import type { Kind } from '../resource.ts';

/** An `additionalPrinterColumns` entry: what `kubectl get` shows. Priority 1 shows with `-o wide` only. */
export interface Column {
  name: string;
  type: 'string' | 'integer' | 'date';
  jsonPath: string;
  priority?: number;
  description?: string;
}

const age: Column = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' };

const release: Column[] = [
  { name: 'Phase', type: 'string', jsonPath: '.status.phase' },
  { name: 'Stable', type: 'string', jsonPath: '.status.stableRevision' },
  { name: 'Candidate', type: 'string', jsonPath: '.status.candidateRevision' },
  {
    name: 'Weight',
    type: 'integer',
    jsonPath: '.status.step.weight',
    description: 'Percent of calls that the candidate gets.',
  },
  { name: 'Step', type: 'string', jsonPath: '.status.step.progress' },
  age,
  { name: 'Message', type: 'string', jsonPath: '.status.message', priority: 1 },
];

/** The columns of each kind, in order. */
export const COLUMNS: Record<Kind, Column[]> = {
  PromptRelease: release,
  ModelRoute: release,
  ModelProvider: [
    { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
    { name: 'Dialect', type: 'string', jsonPath: '.spec.dialect' },
    age,
    { name: 'URL', type: 'string', jsonPath: '.spec.baseURL', priority: 1 },
  ],
  EvalSuite: [
    { name: 'Release', type: 'string', jsonPath: '.status.runs[0].name' },
    { name: 'Verdict', type: 'string', jsonPath: '.status.runs[0].verdict' },
    {
      name: 'Cases',
      type: 'integer',
      jsonPath: '.status.runs[0].cases',
      description: 'Cases asked in the newest run, times repeat.',
    },
    { name: 'Errors', type: 'integer', jsonPath: '.status.runs[0].errors' },
    { name: 'Run', type: 'date', jsonPath: '.status.runs[0].finishedAt' },
    age,
    { name: 'Message', type: 'string', jsonPath: '.status.runs[0].message', priority: 1 },
  ],
};

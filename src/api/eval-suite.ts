import { z } from 'zod';
import { Assertion } from './assertion.ts';
import { conditions, observedGeneration } from './conditions.ts';
import {
  decimal,
  duration,
  freeform,
  listMap,
  objectName,
  percent,
  reference,
  revisionName,
  text,
  timestamp,
  withRules,
} from './schema.ts';

const assertions = (max: number) => z.array(Assertion).max(max).meta({ 'x-kubernetes-list-type': 'atomic' });

export const EvalCase = z
  .strictObject({
    name: text(253).optional().describe('How the case is called where it is told of. Default: its number.'),
    vars: freeform().optional().describe("The prompt's variables."),
    messages: z
      .array(
        z.strictObject({
          role: z.enum(['system', 'developer', 'user', 'assistant']).describe('Who speaks.'),
          content: text(100_000).describe('What is said, as it is.'),
        }),
      )
      .max(64)
      .meta({ 'x-kubernetes-list-type': 'atomic' })
      .optional()
      .describe("What goes where the caller's own messages go."),
    assert: assertions(32).optional().describe("What the answer is held against, after the suite's own."),
    threshold: z
      .number()
      .min(0)
      .max(1)
      .optional()
      .describe('Least score of the case. Omitted: every assertion must hold.'),
  })
  .describe('One question and what its answer is held against.');
export type EvalCase = z.infer<typeof EvalCase>;

export const CASE_FORMATS = ['YAML', 'JSON', 'JSONL', 'CSV'] as const;
export type CaseFormat = (typeof CASE_FORMATS)[number];

const Judge = z
  .strictObject({
    providerRef: reference().describe('The ModelProvider that judges.'),
    model: text(253).describe('The model that judges, with its version pinned.'),
    parameters: freeform()
      .optional()
      .describe('Passed to the provider as they are. Default: a temperature of 0.'),
    embeddings: text(253).optional().describe('The model for similar, of the same provider.'),
  })
  .describe('Who judges rubrics. Its version is part of every result.');
export type Judge = z.infer<typeof Judge>;

export const EvalSuiteSpec = withRules(
  z.strictObject({
    cases: z
      .array(EvalCase)
      .max(512)
      .meta({ 'x-kubernetes-list-type': 'atomic' })
      .optional()
      .describe('The cases, where they are few.'),
    casesFrom: z
      .array(
        z.strictObject({
          configMapKeyRef: z
            .strictObject({
              name: objectName().describe('Name of a ConfigMap in the same namespace.'),
              key: text(253).describe('Key whose value holds cases.'),
            })
            .describe('The key of a ConfigMap.'),
          format: z
            .enum(CASE_FORMATS)
            .optional()
            .describe("How the value is written. Default: by the key's ending, else YAML."),
        }),
      )
      .max(8)
      .meta({ 'x-kubernetes-list-type': 'atomic' })
      .optional()
      .describe("More cases, from ConfigMaps. CSV as promptfoo's tests: a column a variable, __expected."),
    assert: assertions(32).optional().describe('What the answer to every case is held against.'),
    judge: Judge.optional(),
    repeat: z.int().min(1).max(16).optional().describe('How often each case is answered. Default 1.'),
    concurrency: z.int().min(1).max(32).optional().describe('Cases under way at once. Default 4.'),
    limits: z
      .strictObject({ maxUSD: decimal().optional().describe('What one run may cost, answers and judge.') })
      .optional()
      .describe('Where a run stops. What it could not do by then is an error, never a failed answer.'),
    gate: z
      .strictObject({
        risk: percent().optional().describe('Chance of refusing a candidate that is not worse. Default 5%.'),
        tolerance: z
          .string()
          .max(16)
          .regex(/^0?\.[0-9]+$/, 'must be a difference of mean scores such as 0.02')
          .optional()
          .describe('How much lower the mean score may be. Default 0.02.'),
        minScore: z
          .string()
          .max(16)
          .regex(/^(0?\.[0-9]+|1(\.0+)?)$/, 'must be a score such as 0.8')
          .optional()
          .describe("Least mean score of the candidate, whatever stable's is."),
      })
      .optional()
      .describe('How a rollout that names this suite as a gate is decided.'),
    live: z
      .strictObject({
        share: percent().describe('Share of calls that are scored, of stable and candidate alike.'),
        maxUSDPerDay: decimal()
          .optional()
          .describe('What the judge may cost in a day (UTC). At the limit guardrails wait for the next day.'),
        slices: listMap(
          z.strictObject({
            name: objectName(63).describe('Name of the slice, e.g. german.'),
            variable: text(253).describe("The prompt's variable that tells."),
            value: text(253, 0).describe('Its value in this slice.'),
          }),
          'name',
          16,
        )
          .optional()
          .describe('Parts of the calls that guardrails may look at alone.'),
      })
      .optional()
      .describe(
        'Scores answers to live calls with assert while a release whose guardrails name this suite is rolled out.',
      ),
    schedule: z
      .strictObject({
        every: duration().describe('Time between two runs, from 1h to 7d.'),
        releases: z
          .array(
            z.strictObject({
              kind: z.enum(['PromptRelease', 'ModelRoute']).describe('Kind of the release.'),
              name: objectName().describe('Name of the release, in the same namespace.'),
            }),
          )
          .min(1)
          .max(16)
          .meta({ 'x-kubernetes-list-type': 'atomic' })
          .describe('What is asked: the revision that serves.'),
        onDrift: z
          .enum(['Report', 'Rollback'])
          .optional()
          .describe(
            'What drift does. Default Report: a condition and an Event. Rollback: the revision before as well.',
          ),
        watch: z
          .strictObject({
            share: percent().optional().describe('Share of the calls that are counted. Default 10%.'),
            window: duration()
              .optional()
              .describe('How long calls are counted before they are compared, to 7d. Default 24h.'),
            variables: z
              .array(text(63))
              .max(4)
              .meta({ 'x-kubernetes-list-type': 'atomic' })
              .optional()
              .describe("The prompt's variables whose values are compared too: labels of few values."),
          })
          .optional()
          .describe('Watches what callers ask, are answered and say of it, in counts of live calls.'),
      })
      .optional()
      .describe('Runs the suite again and again on what serves in production.'),
  }),
  [
    {
      cel: 'has(self.cases) || has(self.casesFrom) || has(self.live)',
      message: 'give cases, casesFrom, or live',
      holds: ({ cases, casesFrom, live }) =>
        cases !== undefined || casesFrom !== undefined || live !== undefined,
    },
    {
      cel: '!has(self.live) || has(self.assert) && size(self.assert) > 0',
      message: 'live needs assert: what answers are held against',
      holds: ({ live, assert = [] }) => live === undefined || assert.length > 0,
    },
  ],
).describe('Questions, what their answers are held against, and when they are asked.');
export type EvalSuiteSpec = z.infer<typeof EvalSuiteSpec>;

const Side = z.strictObject({
  revision: revisionName().describe('Name of the revision.'),
  passed: z.int().describe('Answers that passed.'),
  score: z.string().max(16).optional().describe('Mean score of the answers, 0 to 1.'),
});

export const EvalRun = z
  .strictObject({
    purpose: z.enum(['Gate', 'Schedule']).describe('What the run was for.'),
    kind: z.enum(['PromptRelease', 'ModelRoute']).describe('Kind of the release.'),
    name: z.string().max(253).describe('Name of the release.'),
    attempt: z.int().optional().describe('The rollout that it gates: status.attempt of the release.'),
    suite: z.string().max(64).describe('Hash of the cases and assertions that were asked.'),
    judge: z.string().max(512).optional().describe('The judge and its version, where one was asked.'),
    verdict: z
      .enum(['Pass', 'Fail', 'Error'])
      .describe('Error: it could not be told, and nobody is blamed for it.'),
    message: text(2048, 0).describe('What was compared and what came out, for people.'),
    candidate: Side.optional().describe('The revision that was asked.'),
    stable: Side.optional().describe('The revision that it was compared with.'),
    cases: z.int().describe('Cases asked, times repeat.'),
    errors: z.int().describe('Those that could not be run or judged.'),
    worst: z
      .array(
        z.strictObject({
          case: z.string().max(253).describe('Name of the case.'),
          candidate: z.string().max(16).describe('Score of the candidate.'),
          stable: z.string().max(16).optional().describe('Score of stable.'),
          reason: text(512, 0).describe('Why the candidate did not pass.'),
        }),
      )
      .max(5)
      .meta({ 'x-kubernetes-list-type': 'atomic' })
      .optional()
      .describe('Where the candidate lost most.'),
    costUSD: z.string().max(24).optional().describe('What answers and judge cost; absent where not known.'),
    startedAt: timestamp().describe('When it began.'),
    finishedAt: timestamp().describe('When it ended.'),
  })
  .describe('One run of the suite.');
export type EvalRun = z.infer<typeof EvalRun>;

export const EvalSchedule = z
  .strictObject({
    kind: z.enum(['PromptRelease', 'ModelRoute']).describe('Kind of the release.'),
    name: z.string().max(253).describe('Name of the release.'),
    revision: revisionName().describe('The revision that was asked.'),
    lastRunAt: timestamp().describe('When the last run ended.'),
    lastVerdict: z.enum(['Pass', 'Fail', 'Error']).describe('What came of it. Fail: it has drifted.'),
    drifted: z.boolean().describe('Whether it had drifted in the last run that could be told.'),
    message: text(2048, 0).describe('What the last run came to against the reference, for people.'),
    shift: text(1024, 0)
      .optional()
      .describe('What answers are like that they were not at the reference, whatever they score.'),
    reference: z
      .strictObject({
        suite: z.string().max(64).describe('Hash of the cases and assertions that were asked.'),
        judge: z.string().max(512).optional().describe('The judge and its version, where one was asked.'),
        at: timestamp().describe('When it ended.'),
        scores: z
          .string()
          .max(2048)
          .describe('Score of each case in sixtieths, a letter a case; - for none.'),
        outputs: text(4096, 0).optional().describe('How many answers were how long, and ended how, as JSON.'),
        runs: z
          .int()
          .describe('Runs with these cases and this judge that had not drifted, this one included.'),
        level: z.string().max(16).describe('Mean difference from it, of the last runs.'),
        below: z
          .string()
          .max(16)
          .describe('How far runs have fallen below that, added up, in standard deviations.'),
      })
      .optional()
      .describe('The first run of this revision, which later ones are compared with.'),
  })
  .describe('What scheduled runs know of a release.');
export type EvalSchedule = z.infer<typeof EvalSchedule>;

export const EvalLive = z
  .strictObject({
    day: z.string().max(10).describe('The day (UTC) that this is about, e.g. 2026-05-01.'),
    scored: z.int().describe('Answers scored.'),
    errors: z.int().describe('Answers that could not be scored: nobody is blamed for them.'),
    dropped: z.int().describe('Answers that came while too many others waited.'),
    costUSD: z.string().max(24).optional().describe('What the judge cost; absent where not known.'),
    problem: text(1024, 0).optional().describe('Why answers are not scored now.'),
  })
  .describe('What was scored of live calls on the last day that anything was.');
export type EvalLive = z.infer<typeof EvalLive>;

const counted = (what: string) =>
  text(8192, 0).describe(`How many calls of ${what} were of which kind, as JSON.`);

export const EvalWatched = z
  .strictObject({
    kind: z.enum(['PromptRelease', 'ModelRoute']).describe('Kind of the release.'),
    name: z.string().max(253).describe('Name of the release.'),
    revision: revisionName().describe('The revision that serves.'),
    asked: text(512).describe('The schedule.watch that this was counted by.'),
    message: text(2048, 0).describe('What the last window came to against the reference, for people.'),
    since: timestamp().describe('When the window began that is counted now.'),
    calls: z.int().describe('Calls counted in it so far.'),
    counts: counted('it'),
    comparedAt: timestamp().optional().describe('When a window was compared last.'),
    shifts: z
      .strictObject({
        inputs: text(1024, 0).optional().describe('What callers ask that they did not.'),
        answers: text(1024, 0).optional().describe('What answers are like that they were not.'),
        feedback: text(1024, 0).optional().describe('What is said of answers that was not.'),
      })
      .optional()
      .describe('What the last window was like that the reference was not.'),
    reference: z
      .strictObject({
        since: timestamp().describe('When it began.'),
        until: timestamp().describe('When it ended.'),
        calls: z.int().describe('Calls counted in it.'),
        counts: counted('it'),
      })
      .optional()
      .describe('The first window of this revision, which later ones are compared with.'),
  })
  .describe('What live calls of a release are like: counts, and nothing that was said.');
export type EvalWatched = z.infer<typeof EvalWatched>;

export const EvalSuiteStatus = z
  .strictObject({
    observedGeneration: observedGeneration(),
    message: text(2048, 0).optional().describe('The state in one sentence.'),
    runs: z
      .array(EvalRun)
      .max(32)
      .meta({ 'x-kubernetes-list-type': 'atomic' })
      .optional()
      .describe('Runs, newest first.'),
    schedules: z
      .array(EvalSchedule)
      .max(16)
      .meta({ 'x-kubernetes-list-type': 'atomic' })
      .optional()
      .describe('What scheduled runs know of each release.'),
    live: EvalLive.optional(),
    watched: z
      .array(EvalWatched)
      .max(16)
      .meta({ 'x-kubernetes-list-type': 'atomic' })
      .optional()
      .describe('What live calls of each watched release are like.'),
    conditions: conditions(),
  })
  .describe('What the evaluator last did with this suite. Written by Sluice only.');
export type EvalSuiteStatus = z.infer<typeof EvalSuiteStatus>;

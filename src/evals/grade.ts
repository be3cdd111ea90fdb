import type { Assertion } from '../api/assertion.ts';

/** What assertions look at: one answer and what came with it. */
export interface Answer {
  /** The text of the answer; empty where the model only called tools. */
  text: string;
  /** The provider's own word for why it ended: stop, length, tool_calls, content_filter… */
  finishReason?: string;
  /** Whether the model refused, as the provider says; absent where it does not say. */
  refused?: boolean;
  toolCalls?: readonly { name: string; arguments: string }[];
  /** Time to the whole answer, in ms. */
  latencyMs?: number;
  /** In USD; absent where the price is not known. */
  costUSD?: number;
}

/** What else an assertion may need. */
export interface Question {
  /** The variables of the case; `{{name}}` in an assertion's value stands for one. */
  vars: Readonly<Record<string, unknown>>;
  /** What was asked, for a judge: the rendered messages as one text. */
  prompt: string;
  /** The tools that were offered, in OpenAI's form. */
  tools?: readonly unknown[];
}

/** Everything outside that assertions may ask; what is absent makes those assertions errors. */
export interface Helpers {
  judge?: Judge;
  /** @throws Error in words where it cannot be had. */
  embed?: (texts: readonly string[]) => Promise<readonly (readonly number[])[]>;
  /** POSTs JSON to a webhook and gives back what it answered. @throws Error in words. */
  post?: (url: string, body: unknown) => Promise<unknown>;
}

/** A model that judges. */
export interface Judge {
  /** Provider, model, parameters and Sluice's own judge prompt, in short: part of every result. */
  version: string;
  /** Answers a judge's prompt with text. @throws Error in words where it cannot be had. */
  ask: (messages: readonly { role: 'system' | 'user'; content: string }[]) => Promise<string>;
}

/** What one assertion says of one answer. An error is never a failed answer: the answer could not be held against it. */
export type Grade = { pass: boolean; score: number; reason: string } | { error: string };

/** What became of one case. Scores are 0 to 1. */
export type CaseGrade =
  | {
      pass: boolean;
      score: number;
      /** Why it did not pass: the first assertion that did not hold. Empty where it passed. */
      reason: string;
      /** Mean score by `metric` of the assertions. */
      metrics: Record<string, number>;
    }
  | { error: string };

/** Holds one answer against assertions, as promptfoo does. Implemented in `assert.ts`. */
export type Assert = (
  assertions: readonly Assertion[],
  answer: Answer,
  question: Question,
  helpers: Helpers,
  threshold?: number,
) => Promise<CaseGrade>;

import { z } from 'zod';
import { Budgets } from './budgets.ts';
import { Owner, Rollout } from './rollout.ts';
import { freeform, objectName, reference, text, withRules } from './schema.ts';

export const Message = withRules(
  z.strictObject({
    role: z.enum(['system', 'developer', 'user', 'assistant']).optional().describe('Who speaks.'),
    content: text(100_000).optional().describe('Mustache template without logic: {{variable}}.'),
    placeholder: z.enum(['messages', 'history']).optional().describe("Where the caller's own messages go."),
  }),
  [
    {
      cel: 'has(self.placeholder) != (has(self.role) || has(self.content))',
      message: 'a message has either role and content, or a placeholder',
      holds: (message) =>
        (message.placeholder !== undefined) !== (message.role !== undefined || message.content !== undefined),
    },
    {
      cel: 'has(self.role) == has(self.content)',
      message: 'role and content go together',
      holds: (message) => (message.role === undefined) === (message.content === undefined),
    },
  ],
).describe("One message of the prompt, or the place of the caller's own.");
export type Message = z.infer<typeof Message>;

export const Prompt = z
  .strictObject({
    messages: z
      .array(Message)
      .min(1)
      .max(64)
      .meta({ 'x-kubernetes-list-type': 'atomic' })
      .describe("The messages, in order. The caller's own go to the placeholder, or to the end."),
    variables: freeform().optional().describe('JSON Schema of the variables that callers may pass.'),
    responseSchema: freeform().optional().describe('JSON Schema that answers must satisfy.'),
    tools: z
      .array(freeform())
      .max(128)
      .meta({ 'x-kubernetes-list-type': 'atomic' })
      .optional()
      .describe('Tools offered to the model, in the form of the provider.'),
  })
  .describe('What is sent to the model.');
export type Prompt = z.infer<typeof Prompt>;

export const PromptReleaseSpec = withRules(
  z.strictObject({
    routeRef: reference().describe('The ModelRoute that serves this prompt.'),
    owner: Owner.optional(),
    prompt: Prompt.optional(),
    promptFrom: z
      .strictObject({
        configMapKeyRef: z
          .strictObject({
            name: objectName().describe('Name of a ConfigMap in the same namespace.'),
            key: text(253).describe('Key whose value is the prompt in YAML or JSON.'),
          })
          .describe('The key of a ConfigMap.'),
      })
      .optional()
      .describe('Takes the prompt from elsewhere; the resolved text is what makes a revision.'),
    parameters: freeform()
      .optional()
      .describe('Passed to the provider as they are: temperature, max_completion_tokens, …'),
    budgets: Budgets.optional(),
    rollout: Rollout.optional(),
  }),
  [
    {
      cel: 'has(self.prompt) != has(self.promptFrom)',
      message: 'give either prompt or promptFrom',
      holds: (spec) => (spec.prompt === undefined) !== (spec.promptFrom === undefined),
    },
  ],
).describe('A prompt, its parameters and how a change of them is rolled out.');
export type PromptReleaseSpec = z.infer<typeof PromptReleaseSpec>;

/** What a revision of a PromptRelease is made of: all of this, and nothing else, is hashed. */
export interface PromptContent {
  prompt: Prompt;
  parameters?: Record<string, unknown>;
  routeRef: { name: string };
}

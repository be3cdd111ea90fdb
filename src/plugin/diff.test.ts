import picocolors from 'picocolors';
import type { PromptContent } from '../api/prompt-release.ts';
import type { Revision } from '../api/resource.ts';
import { drawDiff, revisionNamed } from './diff.ts';
import type { Release } from './place.ts';

const colors = picocolors.createColors(false);
const content: PromptContent = {
  prompt: {
    messages: [
      { role: 'system', content: 'You sort tickets.\nBe brief.\nAnswer in JSON.' },
      { placeholder: 'messages' },
    ],
  },
  parameters: { temperature: 0.2 },
  routeRef: { name: 'fast' },
};
const revision = (name: string, over: Partial<PromptContent> = {}): Revision => ({
  name,
  namespace: 'n',
  owner: { kind: 'PromptRelease', name: 'triage', uid: 'u' },
  number: 1,
  content: { ...content, ...over },
});
const withText = (text: string) => ({ prompt: { messages: [{ role: 'system' as const, content: text }] } });

test('messages line by line, then parameters and tools', () => {
  const prompt = {
    messages: [
      { role: 'system' as const, content: 'You sort tickets.\nBe kind.\nAnswer in JSON.' },
      { placeholder: 'messages' as const },
      { role: 'user' as const, content: 'Go.' },
    ],
    tools: [{ type: 'function', function: { name: 'close' } }],
  };
  const to = revision('triage-b', { prompt, parameters: { temperature: 0.7 } });
  expect(drawDiff(revision('triage-a'), to, colors)).toEqual([
    '--- triage-a',
    '+++ triage-b',
    '',
    'messages',
    '  [system]',
    '  You sort tickets.',
    '- Be brief.',
    '+ Be kind.',
    '  Answer in JSON.',
    '',
    "  [the caller's messages]",
    '+',
    '+ [user]',
    '+ Go.',
    '',
    'parameters',
    '- temperature: 0.2',
    '+ temperature: 0.7',
    '',
    'tools',
    '+ - function:',
    '+     name: close',
    '+   type: function',
  ]);
});

test('the same content is said to be', () => {
  expect(drawDiff(revision('triage-a'), revision('triage-b'), colors).at(-1)).toBe('the same content');
});

test('what a terminal would obey, or nobody would see, is spelt out', () => {
  const to = revision('b', withText('be\u001b[2Jbrief\u202e\u200b'));
  expect(drawDiff(revision('a', withText('be brief')), to, colors)).toContain(
    '+ be\\u001b[2Jbrief\\u202e\\u200b',
  );
});

test('a revision goes by its name, its end, or its part in the rollout', () => {
  const release = { status: { stableRevision: 'triage-a', candidateRevision: 'triage-b' } } as Release;
  const kept = [revision('triage-a'), revision('triage-b')];
  expect(revisionNamed('triage-b', release, kept).name).toBe('triage-b');
  expect(revisionNamed('a', release, kept).name).toBe('triage-a');
  expect(revisionNamed('candidate', release, kept).name).toBe('triage-b');
  expect(() => revisionNamed('c', release, kept)).toThrow('kept are: triage-a, triage-b');
});

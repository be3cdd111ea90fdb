import { fieldLine } from './yaml-line.ts';

const text = `# comment
kind: PromptRelease
spec:
  messages:
    - role: system
      content: |
        first
        second
    - {role: user, content: hello}
  rollout: {risk: 5%}
`;

test.each([
  [[], 2],
  [['spec'], 3],
  [['spec', 'messages', 0, 'content'], 6],
  [['spec', 'messages', 1, 'role'], 9],
  [['spec', 'rollout', 'risk'], 10],
  [['spec', 'nowhere'], 3],
  [['spec', 'messages', 7], 4],
])('field %p is on line %d', (path, line) => {
  expect(fieldLine(text, path)).toBe(line);
});

test('JSON is read as well', () => {
  expect(fieldLine('{\n "spec": {\n  "a": [1,\n 2]}}', ['spec', 'a', 1])).toBe(4);
});

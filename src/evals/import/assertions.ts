import { Assertion } from '../../api/assertion.ts';
import { problemsOf, summaryOf } from '../../api/problem.ts';
import { hasLogic, type ImportContext, isObject, listOf, resolved } from './context.ts';

const CODE = ['javascript', 'python', 'ruby'];
/** What promptfoo says of an assertion and no verdict hangs on. */
const NO_MATTER = ['description', 'contextTransform'];

/** The assertions of `assert` of a test; what is not taken over is told. */
export function importAssertions(given: unknown, where: string, context: ImportContext): Assertion[] {
  return listOf(given).flatMap((each, at) => {
    const taken = importOne(each, `${where}.assert[${at}]`, context);
    return taken === undefined ? [] : [taken];
  });
}

function importOne(given: unknown, where: string, context: ImportContext): Assertion | undefined {
  const { leaveOut } = context;
  const refuse = (why: string) => void leaveOut(where, why);
  if (!isObject(given)) return refuse('is no assertion');
  const { type, value, threshold, weight, metric, ...rest } = given;
  if (typeof type !== 'string') return refuse('has no type');
  if (CODE.includes(type.replace(/^not-/, '')))
    return refuse(`${type} is code, which is not run here: use another assertion, or a webhook`);
  for (const name of Object.keys(rest)) {
    if (name === 'provider') leaveOut(`${where}.provider`, "the suite's judge is asked: spec.judge");
    else if (name === 'rubricPrompt')
      leaveOut(`${where}.rubricPrompt`, "Sluice's own words are used for the judge");
    else if (name === 'transform')
      return refuse(`${name} is code, and without it ${type} would mean something else`);
    else if (!NO_MATTER.includes(name)) leaveOut(`${where}.${name}`, 'is not known here');
  }
  const known = type.replace('model-graded-factuality', 'factuality').replace('similar:cosine', 'similar');
  const content = resolved(value, `${where}.value`, context);
  if (value !== undefined && content === undefined) return refuse(`${type} without its value`);
  if (hasLogic(content)) return refuse(`${type} has a template with logic: only {{variable}} is filled in`);
  const parsed = Assertion.safeParse({
    type: known,
    ...(content !== undefined && { value: content }),
    ...(threshold !== undefined && { threshold }),
    ...(weight !== undefined && { weight }),
    ...(metric !== undefined && { metric }),
  });
  if (parsed.success) return parsed.data;
  const [problem] = problemsOf(parsed.error, { type: known, threshold, weight, metric }, []);
  return refuse(
    problem!.path === 'type'
      ? `there is no assertion ${type} here: see docs/assertions.md`
      : summaryOf([problem!]),
  );
}

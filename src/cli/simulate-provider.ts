import { Command, InvalidArgumentError, Option } from 'commander';
import { messageOf } from '../lib/log.ts';
import type { Rule, RuleInput } from '../simulator/rule.ts';
import { type Address, parseAddress } from './address.ts';
import type { LogLevel } from './log.ts';
import { logLevelOption } from './options.ts';
import { UsageError } from './usage-error.ts';

/** What flags say of the one rule that there is without a behaviour file. */
interface FlagRule {
  answer?: string;
  errorRate?: number;
  errorStatus?: number;
  refusalRate?: number;
  latency?: Exclude<RuleInput['latency'], undefined>;
  firstToken?: Exclude<RuleInput['firstToken'], undefined>;
  tokensPerSecond?: number;
}

export interface SimulateProviderOptions extends FlagRule {
  listen: Address;
  port?: number;
  behaviour?: string;
  keyEnv?: string;
  seed?: number;
  logLevel: LogLevel;
}

const LISTEN = '127.0.0.1:8089';

const HELP = `
Rules for more than one sort of call are in a file, and an edit of it counts at once:

  rules:
    - match: {model: "gpt-5*", text: "v2"}     # both optional; the first rule that fits is used
      refusals: 0.2
      latency: {p50: 40, p95: 120}
      answer: '{"queue": "billing"}'
    - match: {}
      answer: Hello

Faults, each a share of calls; a call has one at most:
  errors            0.01, or {rate, status, retryAfter}, or a list of those
  contentFilter     400 content_filter, as Azure answers
  refusals          0.2, or {rate, kind: field | text | filtered, text}
  truncations       finish_reason length
  brokenJson        breaks off in mid-JSON
  wrongSchema       0.1, or {rate, answer}
  breaks            0.1, or {rate, afterChunks}: the connection breaks
  stalls            0.1, or {rate, afterChunks}: begins and never goes on
  errorEvents       0.1, or {rate, afterChunks}: an error inside a stream of status 200
  hangs             never a byte
Else:
  answer            text, or an object for JSON
  toolCalls         1, or {rate, name, arguments}
  latency           ms to a plain answer: 40, or {p50, p95}
  firstToken        ms to a stream's first byte: 40, or {p50, p95}
  tokensPerSecond   pace of a stream
  servedModel       model that answers name
  usage             {multiplier, cached, reasoning, missing, refuseStreamOptions}

Examples:
  $ sluice simulate-provider
  $ sluice simulate-provider --error-rate 0.05 --error-status 503 --latency 40,120
  $ sluice simulate-provider --behaviour behaviour.yaml --seed 7
  $ PROVIDER_KEY=… sluice simulate-provider --key-env PROVIDER_KEY
`;

/** `sluice simulate-provider`: a provider in OpenAI's and Anthropic's dialects that misbehaves as asked. */
export function simulateProviderCommand(): Command {
  const rate = (flag: string, text: string) =>
    new Option(`${flag} <share>`, `${text}, 0 to 1`).argParser(numberWithin(0, 1));
  const delay = (flag: string, text: string) =>
    new Option(`${flag} <ms>`, `${text}, in ms: 40, or 40,120 for median and 95th percentile`).argParser(
      parseDelay,
    );
  return new Command('simulate-provider')
    .summary('a model provider to try things on')
    .description('Answers in the dialects of OpenAI and Anthropic, without a model, and misbehaves as asked.')
    .addOption(
      new Option('--listen <host:port>', 'where it is served')
        .argParser(parseAddress)
        .default(parseAddress(LISTEN), LISTEN)
        .conflicts('port'),
    )
    .addOption(
      new Option('--port <number>', 'the same on 127.0.0.1; 0: a free port').argParser(
        wholeNumberWithin(0, 65_535),
      ),
    )
    .addOption(new Option('--behaviour <file>', 'YAML or JSON with rules, watched').conflicts(RULE_FLAGS))
    .addOption(new Option('--answer <text>', 'what it answers'))
    .addOption(rate('--error-rate', 'share of calls that fail'))
    .addOption(
      new Option('--error-status <code>', 'status of those')
        .argParser(wholeNumberWithin(400, 599))
        .default(500),
    )
    .addOption(rate('--refusal-rate', 'share of calls that are refused'))
    .addOption(delay('--latency', 'time to a plain answer'))
    .addOption(delay('--first-token', "time to a stream's first token (default: the latency)"))
    .addOption(
      new Option('--tokens-per-second <number>', 'pace of a stream (default: all at once)').argParser(
        numberWithin(0.001, 1e6),
      ),
    )
    .addOption(new Option('--key-env <name>', 'environment variable with the key that callers must give'))
    .addOption(
      new Option('--seed <number>', 'the same draws for the same order of calls').argParser(
        wholeNumberWithin(0, 2 ** 32 - 1),
      ),
    )
    .addOption(logLevelOption())
    .addHelpText('after', HELP)
    .action(simulateProvider);
}

/** What a behaviour file says instead. */
const RULE_FLAGS: string[] = [
  'answer',
  'errorRate',
  'errorStatus',
  'refusalRate',
  'latency',
  'firstToken',
  'tokensPerSecond',
] satisfies (keyof FlagRule)[];

async function simulateProvider(options: SimulateProviderOptions): Promise<void> {
  const key = options.keyEnv === undefined ? undefined : process.env[options.keyEnv];
  if (options.keyEnv !== undefined && !key) {
    throw new UsageError(
      `--key-env ${options.keyEnv}: that environment variable is not set; put the key in it`,
    );
  }
  const { serveSimulator } = await import('./simulator-service.ts');
  const listen = options.port === undefined ? options.listen : { host: '127.0.0.1', port: options.port };
  await serveSimulator({ ...options, listen, key, rules: await flagRules(options) });
}

async function flagRules(options: FlagRule): Promise<Rule[]> {
  const { checkRules } = await import('../simulator/behaviour.ts');
  try {
    return checkRules([flagRule(options)]);
  } catch (error) {
    throw new UsageError(`the flags make no rule: ${messageOf(error)}`);
  }
}

function flagRule({ errorRate, errorStatus, refusalRate, ...rest }: FlagRule): RuleInput {
  const { answer, latency, firstToken, tokensPerSecond } = rest;
  return {
    ...(errorRate !== undefined && { errors: { rate: errorRate, status: errorStatus } }),
    ...(refusalRate !== undefined && { refusals: refusalRate }),
    ...(answer !== undefined && { answer }),
    ...(latency !== undefined && { latency }),
    ...(firstToken !== undefined && { firstToken }),
    ...(tokensPerSecond !== undefined && { tokensPerSecond }),
  };
}

const numberWithin = (least: number, most: number) => (text: string) => {
  const number = text.trim() === '' ? Number.NaN : Number(text);
  if (number >= least && number <= most) return number;
  throw new InvalidArgumentError(`write a number from ${least} to ${most}.`);
};

const wholeNumberWithin = (least: number, most: number) => (text: string) => {
  if (/^[0-9]+$/.test(text) && Number(text) >= least && Number(text) <= most) return Number(text);
  throw new InvalidArgumentError(`write a whole number from ${least} to ${most}.`);
};

function parseDelay(text: string): number | { p50: number; p95: number } {
  const [p50, p95, ...more] = text.split(',').map(numberWithin(0, 3_600_000));
  if (p50 === undefined || more.length > 0) throw new InvalidArgumentError('write 40, or 40,120.');
  return p95 === undefined ? p50 : { p50, p95 };
}

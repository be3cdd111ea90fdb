import type { RequiredPolicy } from '../api/data-policy.ts';
import type { ModelProviderSpec } from '../api/model-provider.ts';
import type { Privacy } from '../api/privacy.ts';
import type { Prompt } from '../api/prompt-release.ts';
import type { ReleaseKind } from '../api/resource.ts';
import type { Price } from '../cost/price.ts';
import type { Limits } from './budgets/limits.ts';
import type { Endpoint } from './dialects/endpoint.ts';
import type { PrivacyPolicy } from './privacy/policy.ts';
import type { ArgumentsSatisfy } from './tools.ts';

/** A provider as calls need it. The key itself is not here: see `keys.ts`. */
export interface ProviderTarget {
  namespace: string;
  name: string;
  dialect: 'OpenAI' | 'Anthropic';
  /** Scheme, host and port: what a key is bound to and a connection pool is made for. */
  origin: string;
  /** Path that goes before the endpoint's own, such as `/chat/completions`, without a slash at its end. */
  basePath: string;
  /** Where the key is; absent for a provider that needs none. */
  secret?: { name: string; key: string };
  /** What it promised of its data when it was last there. */
  promised?: ModelProviderSpec['dataPolicy'];
}

export interface BackendTarget {
  name: string;
  provider: ProviderTarget;
  model: string;
  /** What the model costs; absent where that is unknown. */
  price?: Price;
  /** Who names that price, for records: the ModelProvider, or the version of a table; absent where nobody does. */
  pricesNamedBy?: string;
  parameters: Record<string, unknown>;
  firstTokenMs: number;
  totalMs: number;
}

/** One revision of a ModelRoute, ready to be called: backends in the order of fallback. */
export interface RouteArm {
  revision: string;
  backends: readonly BackendTarget[];
}

/** One revision of a PromptRelease, ready to be rendered. Which route serves it is part of the revision. */
export interface PromptArm {
  revision: string;
  prompt: Prompt;
  parameters: Record<string, unknown>;
  route: RouteEntry;
  /**
   * Makes the body for the provider, without `model`, from the caller's and the backend's parameters, in the form of the
   * endpoint called. Default: chat completions.
   * @throws CallError 400 where variables do not satisfy the schema.
   */
  render(
    body: Record<string, unknown>,
    ofBackend?: Record<string, unknown>,
    endpoint?: Pick<Endpoint, 'place'>,
  ): Record<string, unknown>;
  /** Whether a finished answer satisfies the response schema; absent where the revision has none. */
  answerSatisfies?: (content: string) => boolean;
  /** Whether a call of one of the revision's own tools has arguments as declared; absent where it declares none. */
  argumentsSatisfy?: ArgumentsSatisfy;
}

/** A release as new calls are drawn from it: the split in force and what is true of every revision. */
export interface Entry<A extends { revision: string }> {
  kind: ReleaseKind;
  namespace: string;
  name: string;
  uid: string;
  attempt: number;
  epoch: number;
  /** Percent of calls that the candidate gets, or gets a copy of in shadow; 0 without a candidate. */
  weight: number;
  stable: A;
  candidate?: A;
  /** Whether the candidate answers copies of calls only, and nobody is served by it. */
  shadow?: boolean;
  rescue: boolean;
  /** The share (0–1) of calls whose answers suites score; absent where none does. */
  sample?: number;
  /** What suites watch of stable's calls: the share (0–1), and variables whose values are told apart; absent where none does. */
  watch?: { share: number; variables: readonly string[] };
  /** Lower-case name of the header that keeps a caller on one revision. */
  stickyHeader?: string;
  team?: string;
  /** What its calls may cost and how long they may take; absent where nothing says. */
  budgets?: Limits;
  feature?: string;
}

export interface RouteEntry extends Entry<RouteArm> {
  kind: 'ModelRoute';
  /** Content of the degraded answer given when every backend failed. */
  degraded?: string;
  /** What its providers must promise: its backends are only those whose providers do. */
  required?: RequiredPolicy;
  /** What is done about what is private in its calls; absent where nothing is looked for. */
  privacy?: PrivacyPolicy;
  /** How long an answer may be given again to an identical call, in ms; absent where none is. */
  cacheMs?: number;
  /** What records have of what was said, where that is not its hash alone. */
  logContent?: Privacy['logContent'];
}

export interface PromptEntry extends Entry<PromptArm> {
  kind: 'PromptRelease';
}

/** Everything that new calls are served from; never changed, swapped whole. */
export interface Table {
  /** The release that a caller means by `model`: `name`, or `namespace/name`. */
  find(model: string): PromptEntry | RouteEntry | undefined;
  /** The names that callers may use. */
  models(): readonly string[];
  /** Every release in the table by uid, routes that only serve prompts included. */
  entries: ReadonlyMap<string, PromptEntry | RouteEntry>;
}

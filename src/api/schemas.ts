import type { z } from 'zod';
import { EvalSuiteSpec, EvalSuiteStatus } from './eval-suite.ts';
import { ModelProviderSpec, ModelProviderStatus } from './model-provider.ts';
import { ModelRouteSpec } from './model-route.ts';
import { PromptReleaseSpec } from './prompt-release.ts';
import type { Kind, SpecOf, StatusOf } from './resource.ts';
import { ReleaseStatus } from './status.ts';

/** The schema of each kind's spec. */
export const SPECS: { [K in Kind]: z.ZodType<SpecOf[K]> } = {
  PromptRelease: PromptReleaseSpec,
  ModelRoute: ModelRouteSpec,
  ModelProvider: ModelProviderSpec,
  EvalSuite: EvalSuiteSpec,
};

/** The schema of each kind's status. */
export const STATUSES: { [K in Kind]: z.ZodType<StatusOf[K]> } = {
  PromptRelease: ReleaseStatus,
  ModelRoute: ReleaseStatus,
  ModelProvider: ModelProviderStatus,
  EvalSuite: EvalSuiteStatus,
};

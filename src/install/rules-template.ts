import {
  CALLER_TOKEN_RULES,
  EDIT_RULES,
  EVALUATOR_RULES,
  GATEWAY_RULES,
  homeRules,
  OPERATOR_RULES,
  providerKeyRules,
  type Rule,
  VIEW_RULES,
} from './rbac.ts';
import { yaml } from './yaml.ts';

/** The chart's `templates/_rules.tpl`: the rules of each role, for `rbac.yaml` beside it to include. */
export function rulesTemplate(): string {
  const secrets = '@secrets@';
  const parts: [string, readonly Rule[]][] = [
    ['operator', OPERATOR_RULES],
    ['operatorHome', homeRules('{{ include "sluice.operatorName" . }}')],
    ['gateway', GATEWAY_RULES],
    ['callerTokens', CALLER_TOKEN_RULES],
    ['evaluator', EVALUATOR_RULES],
    ['evaluatorHome', homeRules('{{ include "sluice.evaluatorName" . }}')],
    // Called with the list of names.
    ['providerKeys', providerKeyRules([secrets])],
    ['view', VIEW_RULES],
    ['edit', EDIT_RULES],
  ];
  const text = parts.map(
    ([name, rules]) => `{{- define "sluice.rules.${name}" -}}\n${yaml(rules)}{{- end }}\n`,
  );
  return `{{/* Generated from src/ by \`npm run generate\`; do not edit. */}}\n${text.join('\n')}`.replace(
    / *- '@secrets@'\n/,
    '    {{- toYaml . | nindent 4 }}\n',
  );
}

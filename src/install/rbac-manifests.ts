import { labelsOf, NAMES } from './names.ts';
import {
  EDIT_RULES,
  EVALUATOR_RULES,
  GATEWAY_RULES,
  homeRules,
  OPERATOR_RULES,
  type Rule,
  VIEW_RULES,
} from './rbac.ts';
import { documents, HEADER } from './yaml.ts';

const apiVersion = 'rbac.authorization.k8s.io/v1';
const apiGroup = 'rbac.authorization.k8s.io';

/** Of the role that is for a program's own namespace. */
const homeOf = (program: Program) => ({
  name: `${NAMES[program]}-home`,
  namespace: NAMES.namespace,
  labels: labelsOf(program),
});

/** `config/rbac`: the accounts and what they may do in all namespaces, by file name. */
export function rbacFiles(): Map<string, string> {
  const files: [string, object[]][] = [
    ['operator.yaml', leader('operator', OPERATOR_RULES, homeRules(NAMES.operator))],
    ['evaluator.yaml', leader('evaluator', EVALUATOR_RULES, homeRules(NAMES.evaluator))],
    [
      'gateway.yaml',
      [account('gateway'), clusterRole('gateway', GATEWAY_RULES), binding('ClusterRole', 'gateway')],
    ],
    [
      'users.yaml',
      [
        aggregated('view', VIEW_RULES, ['view', 'edit', 'admin']),
        aggregated('edit', EDIT_RULES, ['edit', 'admin']),
      ],
    ],
  ];
  return new Map(files.map(([name, objects]) => [name, `${HEADER}${documents(objects)}`]));
}

type Program = 'operator' | 'gateway' | 'evaluator';

const metadata = (program: Program) => ({ name: NAMES[program], labels: labelsOf(program) });

const account = (program: Program) => ({
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: { ...metadata(program), namespace: NAMES.namespace },
  // Its pod asks for the token by itself: nothing else that runs as this account gets one.
  automountServiceAccountToken: false,
});

const clusterRole = (program: Program, rules: readonly Rule[]) => ({
  apiVersion,
  kind: 'ClusterRole',
  metadata: metadata(program),
  rules,
});

/** A program that also has rights in its own namespace. */
const leader = (program: Program, rules: readonly Rule[], home: readonly Rule[]) => [
  account(program),
  clusterRole(program, rules),
  binding('ClusterRole', program),
  homeRole(program, home),
  binding('Role', program, homeOf(program)),
];

const homeRole = (program: Program, rules: readonly Rule[]) => ({
  apiVersion,
  kind: 'Role',
  metadata: homeOf(program),
  rules,
});

const binding = (
  roleKind: 'ClusterRole' | 'Role',
  program: Program,
  role = metadata(program) as object & { name: string },
) => ({
  apiVersion,
  kind: `${roleKind}Binding`,
  metadata: role,
  roleRef: { apiGroup, kind: roleKind, name: role.name },
  subjects: [{ kind: 'ServiceAccount', name: NAMES[program], namespace: NAMES.namespace }],
});

function aggregated(name: 'view' | 'edit', rules: readonly Rule[], to: string[]) {
  const labels = Object.fromEntries(to.map((role) => [`${apiGroup}/aggregate-to-${role}`, 'true']));
  return {
    apiVersion,
    kind: 'ClusterRole',
    metadata: { name: NAMES[name], labels: { ...labelsOf('users'), ...labels } },
    rules,
  };
}

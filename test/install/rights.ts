import type { Rule } from '../../src/install/rbac.ts';
import type { AuditEvent } from '../control-plane/audit-log.ts';

/** `verb group/resource`, as rules grant and the audit log tells. */
type Right = string;

/** What rules grant, one right each. */
export const granted = (rules: readonly Rule[]): Set<Right> =>
  new Set(
    rules.flatMap(({ apiGroups, resources, verbs }) =>
      verbs.flatMap((verb) =>
        apiGroups.flatMap((group) => resources.map((resource) => `${verb} ${group}/${resource}`)),
      ),
    ),
  );

/** What `account` asked for, granted or not. */
export const used = (events: readonly AuditEvent[], account: string): Set<Right> =>
  new Set(
    events
      .filter(({ user }) => user.username.endsWith(`:${account}`))
      .flatMap(({ verb, objectRef }) => {
        if (objectRef === undefined) return [];
        const { apiGroup = '', resource, subresource } = objectRef;
        return [`${verb} ${apiGroup}/${[resource, subresource].filter(Boolean).join('/')}`];
      }),
  );

/** Requests of ServiceAccounts of `namespace` that were refused for want of a right. */
export const refused = (events: readonly AuditEvent[], namespace: string): string[] =>
  events
    .filter(({ user }) => user.username.startsWith(`system:serviceaccount:${namespace}:`))
    .filter(({ responseStatus }) => [401, 403].includes(responseStatus?.code ?? 0))
    .map(({ user, verb, requestURI }) => `${user.username}: ${verb} ${requestURI}`);

/** Those of `rights` that are not among `others`. */
export const without = (rights: ReadonlySet<Right>, others: ReadonlySet<Right>): Right[] =>
  [...rights].filter((each) => !others.has(each));

/** What `config/` and `dist/install.yaml` call things; the chart calls them likewise for the release `sluice`. */
export const NAMES = {
  namespace: 'sluice-system',
  operator: 'sluice-operator',
  gateway: 'sluice-gateway',
  evaluator: 'sluice-evaluator',
  view: 'sluice-view',
  edit: 'sluice-edit',
} as const;

/** Labels of everything that is installed. */
export const LABELS = { 'app.kubernetes.io/name': 'sluice', 'app.kubernetes.io/part-of': 'sluice' } as const;

/** Labels of what belongs to one of the programs. */
export const labelsOf = (component: string) => ({ ...LABELS, 'app.kubernetes.io/component': component });

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crdFiles } from '../api/crd/files.ts';
import { referenceMarkdown } from '../api/crd/reference.ts';
import { ALERT_RULES } from './alerts.ts';
import { argocdConfig } from './argocd.ts';
import { grafanaJson } from './dashboards/dashboard.ts';
import { EVALS } from './dashboards/evals.ts';
import { PROGRAMS } from './dashboards/programs.ts';
import { RELEASES } from './dashboards/releases.ts';
import { labelsOf, NAMES } from './names.ts';
import { rbacFiles } from './rbac-manifests.ts';
import { rulesTemplate } from './rules-template.ts';
import type { Tree } from './tree.ts';
import { valuesSchema, valuesTable, valuesYaml } from './values-files.ts';
import { HEADER, yaml } from './yaml.ts';

const CHART = 'charts/sluice';

/** Everything that is generated: by `npm run generate`, from `src/` and from what people wrote in `config/`. */
export async function generated(root: string): Promise<Tree> {
  const crds = crdFiles();
  const rbac = rbacFiles();
  const dashboards = new Map(
    [RELEASES, EVALS, PROGRAMS].map((each) => [`${each.uid}.json`, grafanaJson(each)] as const),
  );
  const files = new Map<string, string>([
    ...under('crds', crds),
    ...under('config/crd/bases', crds),
    ...under(`${CHART}/files/crds`, crds),
    ...under('config/rbac', rbac),
    ...under('config/grafana', dashboards),
    ...under(`${CHART}/files/dashboards`, dashboards),
    ['config/prometheus/alerts.yaml', `${HEADER}${yaml(prometheusRule())}`],
    ['config/argocd/argocd-cm.yaml', await argocdConfig(root)],
    [`${CHART}/files/alerts.yaml`, `${HEADER}${yaml(ALERT_RULES)}`],
    [`${CHART}/templates/_rules.tpl`, rulesTemplate()],
    [`${CHART}/values.yaml`, valuesYaml()],
    [`${CHART}/values.schema.json`, valuesSchema()],
    ['docs/api.md', `${referenceMarkdown()}\n`],
    ['docs/install.md', await withTable(join(root, 'docs/install.md'), valuesTable())],
    ['dist/install.yaml', await installManifest(root, [...crds.values(), ...rbac.values()])],
  ]);
  return { files, owned: ['crds', 'config/crd/bases', `${CHART}/files/crds`, `${CHART}/files/dashboards`] };
}

const under = (folder: string, files: ReadonlyMap<string, string>): [string, string][] =>
  [...files].map(([name, text]) => [`${folder}/${name}`, text]);

const prometheusRule = () => ({
  apiVersion: 'monitoring.coreos.com/v1',
  kind: 'PrometheusRule',
  metadata: { name: 'sluice', namespace: NAMES.namespace, labels: labelsOf('alerts') },
  spec: ALERT_RULES,
});

/** What `kubectl kustomize config/default` gives, in one file that needs no kustomize. */
async function installManifest(root: string, made: string[]): Promise<string> {
  const manager = 'config/manager';
  const names = (await readdir(join(root, manager))).filter((name) => name !== 'kustomization.yaml').sort();
  const written = ['config/default/namespace.yaml', ...names.map((name) => `${manager}/${name}`)];
  const [namespace = '', ...rest] = await Promise.all(
    written.map((path) => readFile(join(root, path), 'utf8')),
  );
  const texts = [namespace, ...made, ...rest].map((text) => text.replace(/^# Generated .*\n/, ''));
  return `${HEADER}${texts.join('---\n')}`;
}

/** The text of a document with its table of values renewed: what stands between the two comments. */
async function withTable(path: string, table: string): Promise<string> {
  const text = await readFile(path, 'utf8');
  const place = /(<!-- values -->\n)[\s\S]*(<!-- end of values -->)/;
  if (!place.test(text)) throw new Error(`${path} has no place for the values: <!-- values -->`);
  return text.replace(place, (_all, begin: string, end: string) => `${begin}${table}${end}`);
}

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GROUP, type Kind, RELEASE_KINDS } from '../api/resource.ts';
import { HEADER } from './yaml.ts';

const FOLDER = 'config/argocd';

/** The actions that Argo CD offers on a release, each by the file of its name. */
export const ACTIONS = ['promote', 'promote-full', 'abort', 'retry', 'rollback'] as const;

/** What a ConfigMap `argocd-cm` needs so that Argo CD knows our kinds, from the Lua files of `config/argocd`. */
export async function argocdConfig(root: string): Promise<string> {
  const lua = (name: string) => readFile(join(root, FOLDER, `${name}.lua`), 'utf8');
  const common = await lua('actions/common');
  const health = await lua('health');
  const actions = [
    `discovery.lua: |\n${indented(`${common}\n${await lua('actions/discovery')}`)}definitions:\n`,
    ...(await Promise.all(
      ACTIONS.map(async (name) => {
        const script = `${common}\n${await lua(`actions/${name}`)}`;
        return `- name: ${name}\n  action.lua: |\n${indented(script, 4)}`;
      }),
    )),
  ].join('');
  const data = [
    ...RELEASE_KINDS.map((kind) => entry('health', kind, health)),
    entry('health', 'ModelProvider', await lua('provider-health')),
    entry('health', 'EvalSuite', await lua('suite-health')),
    ...RELEASE_KINDS.map((kind) => entry('actions', kind, actions)),
  ];
  const head = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: argocd-cm\ndata:\n';
  return `${HEADER.replace('src/', FOLDER)}${head}${data.join('')}`;
}

const entry = (what: 'health' | 'actions', kind: Kind, text: string): string =>
  `  resource.customizations.${what}.${GROUP}_${kind}: |\n${indented(text, 4)}`;

/** The lines of `text`, pushed in for a block of YAML. */
const indented = (text: string, by = 2): string =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => (line === '' ? '\n' : `${' '.repeat(by)}${line}\n`))
    .join('');

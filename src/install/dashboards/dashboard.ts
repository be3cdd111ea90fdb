/** One thing that is drawn over time. */
export interface Panel {
  title: string;
  /** PromQL, and what each line is called. */
  queries: readonly { expr: string; legend: string }[];
  /** Grafana's name of the unit. */
  unit: 'short' | 'percent' | 'percentunit' | 's' | 'reqps' | 'bytes' | 'ops';
  description: string;
}

export interface Dashboard {
  uid: string;
  title: string;
  /** Names of label variables that the reader chooses from, each with the query of its values. */
  variables: Readonly<Record<string, string>>;
  panels: readonly Panel[];
}

const DATASOURCE = { type: 'prometheus', uid: '$datasource' };
const [COLUMNS, WIDTH, HEIGHT] = [2, 12, 8];

/** A dashboard as Grafana's JSON, for version 9 and later. */
export function grafanaJson({ uid, title, variables, panels }: Dashboard): string {
  const list = [
    { name: 'datasource', type: 'datasource', query: 'prometheus', label: 'Prometheus' },
    ...Object.entries(variables).map(([name, query]) => ({
      name,
      type: 'query',
      datasource: DATASOURCE,
      query: { query, refId: name },
      refresh: 2,
      includeAll: true,
      multi: true,
      allValue: '.*',
      current: { text: 'All', value: '$__all' },
    })),
  ];
  const model = {
    uid,
    title,
    tags: ['sluice'],
    schemaVersion: 37,
    version: 1,
    editable: true,
    refresh: '10s',
    time: { from: 'now-1h', to: 'now' },
    templating: { list },
    panels: panels.map(drawn),
  };
  return `${JSON.stringify(model, null, 2)}\n`;
}

function drawn({ title, description, queries, unit }: Panel, index: number) {
  return {
    id: index + 1,
    type: 'timeseries',
    title,
    description,
    datasource: DATASOURCE,
    gridPos: {
      x: (index % COLUMNS) * WIDTH,
      y: Math.floor(index / COLUMNS) * HEIGHT,
      w: WIDTH,
      h: HEIGHT,
    },
    fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
    options: { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi' } },
    targets: queries.map(({ expr, legend }, query) => ({
      refId: String.fromCharCode('A'.charCodeAt(0) + query),
      datasource: DATASOURCE,
      expr,
      legendFormat: legend,
    })),
  };
}

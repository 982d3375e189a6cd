// This file is about the dashboard as Grafana imports it.
import { type Panel, type Row, ROWS } from './panels.ts'

/** Grafana's grid is 24 wide. */
const SIZES = {
  stat: { w: 3, h: 4 },
  'time series': { w: 12, h: 8 },
  table: { w: 12, h: 8 },
} as const satisfies Record<Panel['show'], object>
const GRID = 24

const TYPES = { stat: 'stat', 'time series': 'timeseries', table: 'table' } as const
const SOURCE = { type: 'prometheus', uid: '${datasource}' } as const

/** The text of the JSON. */
export function dashboardJson(): string {
  const dashboard = {
    uid: 'everpull',
    title: 'Everpull',
    description: 'Logins for Amazon ECR: how many live, which are late, and why.',
    tags: ['everpull'],
    schemaVersion: 39,
    editable: true,
    refresh: '1m',
    time: { from: 'now-6h', to: 'now' },
    timezone: 'browser',
    templating: {
      list: [
        { name: 'datasource', label: 'Data source', type: 'datasource', query: 'prometheus' },
        chosen('job', 'Job', 'label_values(everpull_build_info, job)'),
        chosen('namespace', 'Namespace', 'label_values(everpull_objects{job=~"$job"}, namespace)'),
      ],
    },
    annotations: { list: [] },
    links: [],
    panels: laidOut(ROWS),
  }
  return `${JSON.stringify(dashboard, undefined, 2)}\n`
}

/** A choice of label values; all of them unless chosen. */
const chosen = (name: string, label: string, query: string): object => ({
  name,
  label,
  type: 'query',
  datasource: SOURCE,
  definition: query,
  query: { query, refId: name },
  refresh: 2,
  sort: 1,
  multi: true,
  includeAll: true,
  allValue: '.*',
  current: { selected: true, text: ['All'], value: ['$__all'] },
})

function laidOut(rows: readonly Row[]): readonly object[] {
  const panels: object[] = []
  let y = 0
  for (const row of rows) {
    panels.push({
      id: panels.length + 1,
      type: 'row',
      title: row.title,
      collapsed: false,
      gridPos: { x: 0, y, w: GRID, h: 1 },
      panels: [],
    })
    y += 1
    let [x, height] = [0, 0]
    for (const panel of row.panels) {
      const { w, h } = SIZES[panel.show]
      if (x + w > GRID) [x, y] = [0, y + height]
      panels.push(drawn(panel, panels.length + 1, { x, y, w, h }))
      x += w
      height = h
    }
    y += height
  }
  return panels
}

function drawn(panel: Panel, id: number, gridPos: object): object {
  const isTable = panel.show === 'table'
  const isInstant = panel.show !== 'time series'
  return {
    id,
    type: TYPES[panel.show],
    title: panel.title,
    description: panel.description,
    datasource: SOURCE,
    gridPos,
    targets: panel.queries.map(({ expr, legend }, i) => ({
      refId: String.fromCharCode('A'.charCodeAt(0) + i),
      datasource: SOURCE,
      expr,
      legendFormat: legend === '' ? '__auto' : legend,
      instant: isInstant,
      range: !isInstant,
      format: isTable ? 'table' : 'time_series',
    })),
    fieldConfig: {
      defaults: { unit: panel.unit, min: minimumOf(panel), thresholds: thresholdsOf(panel) },
      overrides: [],
    },
    ...(panel.show === 'stat'
      ? { options: { reduceOptions: { calcs: ['lastNotNull'] }, colorMode: 'value' } }
      : {}),
    ...(isTable
      ? {
          transformations: [
            {
              id: 'organize',
              options: {
                excludeByName: { Time: true },
                renameByName: { Value: panel.unit === 's' ? 'seconds' : 'count' },
              },
            },
          ],
        }
      : {}),
  }
}

const minimumOf = ({ show }: Panel): number | undefined => (show === 'time series' ? 0 : undefined)

const thresholdsOf = ({ alarmFrom }: Panel): object => ({
  mode: 'absolute',
  steps: [
    { color: 'green', value: null },
    ...(alarmFrom === undefined ? [] : [{ color: 'red', value: alarmFrom }]),
  ],
})

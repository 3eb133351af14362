// The types of a dashboard as a JSON document, from Grafana's published schema. The test writes
// dashboard.ts, which assigns the parts of the dashboard to them.
import type * as classic from '@grafana/schema';
import type * as v2 from '@grafana/schema/apis/dashboard.grafana.app/v2';
import type * as bargauge from '@grafana/schema/dist/esm/raw/composable/bargauge/panelcfg/x/BarGaugePanelCfg_types.gen';
import type * as heatmap from '@grafana/schema/dist/esm/raw/composable/heatmap/panelcfg/x/HeatmapPanelCfg_types.gen';
import type * as stat from '@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen';
import type * as timeline from '@grafana/schema/dist/esm/raw/composable/statetimeline/panelcfg/x/StateTimelinePanelCfg_types.gen';
import type * as table from '@grafana/schema/dist/esm/raw/composable/table/panelcfg/x/TablePanelCfg_types.gen';
import type * as timeseries from '@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen';

// JSON has strings where TypeScript has enums, and any value where the schema says any.
type Json<T> = 0 extends 1 & T
  ? T
  : T extends string
    ? `${T}`
    : T extends number | boolean | null | undefined
      ? T
      : T extends object
        ? { [K in keyof T]: Json<T[K]> }
        : T;

// Grafana adds the defaults of a panel's plugin.
type Partly<T> = T extends object ? { [K in keyof T]?: Partly<T[K]> } : T;

interface Options {
  bargauge: bargauge.Options;
  heatmap: heatmap.Options;
  stat: stat.Options;
  'state-timeline': timeline.Options;
  table: table.Options;
  timeseries: timeseries.Options;
}

interface Custom {
  bargauge: {};
  heatmap: heatmap.FieldConfig;
  stat: {};
  'state-timeline': timeline.FieldConfig;
  table: {};
  timeseries: timeseries.FieldConfig;
}

export type ClassicDashboard = Json<classic.Dashboard>;
export type ClassicRow = Json<Omit<classic.RowPanel, 'panels'>> & { panels: unknown[] };
export type ClassicPanel<T extends keyof Options> = Json<
  Omit<classic.Panel, 'type' | 'options' | 'fieldConfig'>
> & {
  type: T;
  options: Partly<Json<Options[T]>>;
  fieldConfig: Json<Omit<classic.FieldConfigSource, 'defaults'>> & {
    defaults: Json<Omit<classic.FieldConfig, 'custom'>> & { custom?: Partly<Json<Custom[T]>> };
  };
};

// The parts that a conversion to the second version takes over as they are.
export type FieldConfig = v2.FieldConfigSource;
export type Links = v2.DashboardLink[];
export type Transformation = v2.TransformationSpec;
export type VariableOption = v2.VariableOption;
export type TimeSettings = Pick<v2.TimeSettingsSpec, 'from' | 'to' | 'autoRefresh' | 'timezone'>;

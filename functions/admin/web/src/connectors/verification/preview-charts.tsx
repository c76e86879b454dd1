import Alert from '@cloudscape-design/components/alert';
import Grid from '@cloudscape-design/components/grid';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useMemo } from 'react';

import type { Preview, PreviewDay } from '../../api/types';
import { RankingPanel } from '../../reports/chart/ranking-panel';
import { isEmpty, parts, type Row } from '../../reports/chart/series';
import { TimePanel } from '../../reports/chart/time-panel';
import { compactMoney, decimal, money } from '../../format';
import { text } from '../../strings';
import { bases, modelRanks, previewDays, previewPeriods, previewRanks, previewSeries } from './preview-series';

type Maybe = number | null | undefined;

const COLUMN_SPAN = { colspan: { default: 12, m: 6 } };

/** The last 14 days of real data, which prove that the connection works. */
export function PreviewCharts({ preview }: { preview: Preview }) {
  const days = useMemo(() => previewDays(preview), [preview]);
  const periods = useMemo(() => previewPeriods(days), [days]);
  const seriesOf = (title: string, value: Parameters<typeof previewSeries>[2]) => previewSeries(days, title, value);
  const split = (titles: { part: string; rest: string; unsplit: string }, part: (day: PreviewDay) => Maybe, whole: (day: PreviewDay) => Maybe) => {
    const rows = days.map((day): Row<'part' | 'whole'>[] => [
      { day: day.day, metrics: { part: part(day) ?? null, whole: whole(day) ?? null }, provisional: false, partial: false },
    ]);
    return parts<'part' | 'whole', Row<'part' | 'whole'>>({ periods, rows }, ['part', 'whole'], titles);
  };
  const people = split(
    { part: text.metrics.engaged, rest: text.metrics.activeOnly, unsplit: text.metrics.activeUnsplit },
    (day) => day.engaged_users,
    (day) => day.active_users,
  );
  const pulls = [
    seriesOf(text.pullRequests.createdByAgent, (day) => day.pull_requests.created_by_copilot),
    seriesOf(text.pullRequests.reviewedByAgent, (day) => day.pull_requests.reviewed_by_copilot),
    seriesOf(text.pullRequests.merged, (day) => day.pull_requests.merged),
  ];
  const chats = [seriesOf(text.metrics.chat_turns, (day) => day.chats)];
  const agents = [seriesOf(text.metrics.agent_requests, (day) => day.agent_requests), seriesOf(text.breakdownMetrics.sessions, (day) => day.sessions)];
  const completions = split(
    { part: text.metrics.completions_accepted, rest: text.metrics.notAccepted, unsplit: text.metrics.suggestedUnsplit },
    (day) => day.completions.accepted,
    (day) => day.completions.suggested,
  );
  const charged = (unit: 'amount' | 'credits') =>
    bases(days, unit).map((basis) =>
      seriesOf(text.costs.bases[basis] ?? basis, (day) => day.costs?.find((cost) => cost.basis === basis)?.[unit]),
    );
  const models = modelRanks(days);
  const shared = { periods, interval: 'day' as const, empty: text.preview.notReported };
  const ranking = (title: string, by: Parameters<typeof previewRanks>[1]) => {
    const ranks = previewRanks(days, by);
    return (
      ranks.length > 0 && (
        <RankingPanel
          key={by}
          title={title}
          file={`preview-${by}`}
          columns={[title, text.metrics.completions_suggested, text.metrics.completions_accepted]}
          ranks={ranks}
          drawn={[0, 1]}
          empty={shared.empty}
        />
      )
    );
  };
  const panels = [
    <TimePanel key="people" {...shared} title={text.usage.people} file="preview-people" unit={text.units.people} series={people} shape="stacked" />,
    !isEmpty(completions) && <TimePanel key="completions" {...shared} title={text.usage.completions} file="preview-completions" unit={text.units.completions} series={completions} shape="stacked" />,
    !isEmpty(chats) && <TimePanel key="chats" {...shared} title={text.preview.chats} file="preview-chats" unit={text.units.requests} shape="bars" series={chats} />,
    !isEmpty(agents) && <TimePanel key="agents" {...shared} title={text.preview.agents} file="preview-agents" unit={text.units.requests} shape="lines" series={agents.filter((one) => !isEmpty([one]))} />,
    !isEmpty(pulls) && <TimePanel key="pulls" {...shared} title={text.pullRequests.title} file="preview-pull-requests" unit={text.units.pullRequests} shape="lines" series={pulls} />,
    ranking(text.breakdowns.by.editor, 'by_editor'),
    ranking(text.breakdowns.by.language, 'by_language'),
    ranking(text.breakdowns.by.model, 'by_model'),
    models.length > 0 && (
      <RankingPanel
        key="models"
        title={text.breakdowns.by.model}
        file="preview-models"
        columns={[text.breakdowns.by.model, text.preview.tokens, text.breakdownMetrics.requests]}
        ranks={models}
        drawn={models.some(({ values }) => values[0] !== null) ? [0] : [1]}
        empty={shared.empty}
      />
    ),
    ...(['amount', 'credits'] as const).map((unit) => {
      const series = charged(unit);
      const figures =
        unit === 'amount'
          ? { unit: 'USD', format: (value: number | null) => money(value, 'USD'), axisFormat: (value: number) => compactMoney(value, 'USD') }
          : { unit: text.metrics.credits, format: decimal };
      return series.length > 0 && <TimePanel key={unit} {...shared} {...figures} title={text.preview.cost[unit]} file={`preview-${unit}`} series={series} shape="lines" />;
    }),
  ].filter(Boolean);
  return (
    <SpaceBetween size="m">
      {(preview.notes ?? []).map((note) => (
        <Alert key={note} type="info">
          {note}
        </Alert>
      ))}
      <Grid gridDefinition={panels.map(() => COLUMN_SPAN)}>{panels}</Grid>
    </SpaceBetween>
  );
}

// Filters, charts, and the names of what they count.
import type { Interval } from '../days';
import { day } from '../format';
import { plural } from './plural';

export const chart = {
  filters: {
    title: 'What the report is about',
    range: 'Days (UTC)',
    connector: 'Connector',
    allConnectors: 'All connectors',
    allOf: 'All connectors of this provider',
    unknownConnector: 'A connector that is gone',
    interval: 'By',
    intervals: { day: 'Day', week: 'Week', month: 'Month' },
    bothDays: 'Choose a first and a last day',
    picker: {
      ariaLabel: 'Days',
      todayAriaLabel: 'Today',
      nextMonthAriaLabel: 'Next month',
      previousMonthAriaLabel: 'Previous month',
      relativeModeTitle: 'Last days',
      absoluteModeTitle: 'Fixed days',
      relativeRangeSelectionHeading: 'Choose how many',
      startDateLabel: 'First day',
      endDateLabel: 'Last day',
      applyButtonLabel: 'Apply',
      cancelButtonLabel: 'Cancel',
      customRelativeRangeOptionLabel: 'Other',
      customRelativeRangeOptionDescription: 'Any number of days',
      customRelativeRangeDurationLabel: 'How many',
      customRelativeRangeUnitLabel: 'Unit',
      formatRelativeRange: ({ amount }: { amount: number }) => `Last ${plural(amount, 'day', 'days')}`,
      formatUnit: (unit: string, n: number) => (n === 1 ? unit : `${unit}s`),
    },
  },

  chart: {
    chart: 'Chart',
    table: 'Table',
    csv: 'CSV',
    shownAs: (title: string) => `Show ${title} as`,
    downloadOf: (title: string) => `Download ${title} as CSV`,
    close: 'Close',
    period: 'Days',
    state: 'Remark',
    gap: 'not stored',
    afterGap: (title: string) => `${title}, after a gap`,
    provisional: 'provisional: may still change',
    provisionalShort: 'provisional',
    partial: 'not the whole period',
    allProvisional: 'Provisional throughout: values may still change',
    provisionalFrom: (from: string) => `Provisional from ${day(from)}`,
    changed: (on: string) => `Counted otherwise from ${day(on)}`,
    weekOf: (first: string) => `Week of ${first}`,
    gaps: (gaps: number, all: number, interval: Interval) =>
      `Gaps: nothing is stored for ${gaps} of ${plural(all, interval, `${interval}s`)}`,
    showAll: (n: number) => `Show all ${n}`,
  },

  breaks: (n: number) => `What the providers count changed ${n === 1 ? 'once' : `${n} times`} in this range`,

  units: {
    people: 'People',
    completions: 'Completions',
    share: 'Share',
    requests: 'Requests',
    lines: 'Lines',
    pullRequests: 'Pull requests',
    hours: 'Hours',
    inHours: (n: number) => `${n} h`,
  },

  metrics: {
    active: 'Active',
    activeOnly: 'Active, not engaged',
    engaged: 'Engaged',
    completions_suggested: 'Suggested',
    completions_accepted: 'Accepted',
    notAccepted: 'Suggested, not accepted',
    chat_turns: 'Chat turns',
    agent_requests: 'Agent requests',
    lines_suggested: 'Lines suggested',
    lines_accepted: 'Lines accepted',
    credits: 'Credits',
  },

  breakdownMetrics: {
    generations: 'Generations',
    acceptances: 'Acceptances',
    interactions: 'Interactions',
    completions_suggested: 'Completions suggested',
    completions_accepted: 'Completions accepted',
    lines_suggested: 'Lines suggested',
    lines_added: 'Lines added',
    lines_deleted: 'Lines deleted',
    requests: 'Requests',
    sessions: 'Sessions',
  },

  datasets: {
    activity: 'Activity',
    model_usage: 'Model usage',
    cost: 'Cost',
    breakdown: 'Breakdown',
    seats: 'Seats',
    pull_requests: 'Pull requests',
  },
};

import DateRangePicker, { type DateRangePickerProps } from '@cloudscape-design/components/date-range-picker';
import FormField from '@cloudscape-design/components/form-field';
import SegmentedControl from '@cloudscape-design/components/segmented-control';
import Select, { type SelectProps } from '@cloudscape-design/components/select';
import { useQuery } from '@tanstack/react-query';

import { useApi } from '../../api/client';
import { connectors, providers } from '../../api/queries';
import type { Connector, Provider } from '../../api/types';
import { today } from '../../days';
import { text } from '../../strings';
import classes from './filters-bar.module.css';
import { RANGES } from './filters';
import { useFilters } from './use-filters';

const ALL = 'all';

/** The date range, connector and interval of a report. */
export function FiltersBar({ hasInterval = true, hasRange = true }: { hasInterval?: boolean; hasRange?: boolean }) {
  const [filters, change] = useFilters();
  const api = useApi();
  const choices = options(useQuery(connectors(api)).data ?? [], useQuery(providers(api)).data ?? []);
  const chosen =
    filters.connector !== null ? `connector:${filters.connector}` : filters.provider !== null ? `provider:${filters.provider}` : ALL;
  const value: DateRangePickerProps.Value =
    filters.last === null
      ? { type: 'absolute', startDate: filters.from, endDate: filters.to }
      : { type: 'relative', amount: filters.last, unit: 'day' };
  return (
    <div className={classes.bar} role="search" aria-label={text.filters.title}>
      {hasRange && (
        <FormField label={text.filters.range}>
          <DateRangePicker
            value={value}
            onChange={({ detail }) => {
              if (detail.value?.type === 'relative') change({ last: String(detail.value.amount), from: null, to: null });
              if (detail.value?.type === 'absolute') {
                change({ last: null, from: detail.value.startDate.slice(0, 10), to: detail.value.endDate.slice(0, 10) });
              }
            }}
            dateOnly
            showClearButton={false}
            relativeOptions={RANGES.map((amount) => ({ key: String(amount), amount, unit: 'day', type: 'relative' as const }))}
            isValidRange={(range) =>
              range !== null && (range.type === 'relative' || (range.startDate !== '' && range.endDate !== ''))
                ? { valid: true }
                : { valid: false, errorMessage: text.filters.bothDays }
            }
            isDateEnabled={(date) => date.toISOString().slice(0, 10) <= today()}
            customRelativeRangeUnits={['day', 'week', 'month']}
            i18nStrings={{ ...text.filters.picker }}
            placeholder={text.filters.range}
          />
        </FormField>
      )}
      <FormField label={text.filters.connector}>
        <Select
          options={choices}
          selectedOption={find(choices, chosen)}
          onChange={({ detail }) => {
            const [kind, id] = (detail.selectedOption.value ?? ALL).split(/:(.*)/s);
            change({ connector: kind === 'connector' ? (id ?? null) : null, provider: kind === 'provider' ? (id ?? null) : null });
          }}
          filteringType={choices.length > 8 ? 'auto' : 'none'}
          expandToViewport
        />
      </FormField>
      {hasInterval && (
        <SegmentedControl
          label={text.filters.interval}
          selectedId={filters.interval}
          options={(['day', 'week', 'month'] as const).map((id) => ({ id, text: text.filters.intervals[id] }))}
          onChange={({ detail }) => change({ interval: detail.selectedId })}
        />
      )}
    </div>
  );
}

function options(connected: Connector[], all: Provider[]): SelectProps.Option[] {
  const nameOf = (id: string) => all.find((provider) => provider.id === id)?.name ?? id;
  const used = [...new Set(connected.map((connector) => connector.provider))];
  return [
    { value: ALL, label: text.filters.allConnectors },
    ...(used.length > 1 ? used.map((id) => ({ value: `provider:${id}`, label: nameOf(id), description: text.filters.allOf })) : []),
    ...connected.map((connector) => ({
      value: `connector:${connector.id}`,
      label: connector.name,
      description: `${nameOf(connector.provider)} · ${connector.account.slug}`,
    })),
  ];
}

function find(choices: SelectProps.Option[], value: string): SelectProps.Option {
  return choices.find((choice) => choice.value === value) ?? { value, label: text.filters.unknownConnector };
}

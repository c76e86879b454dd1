import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';

import type { IdentityRef, MappingReport } from '../api/types';
import { count } from '../format';
import { useAssistantName } from '../reports/assistant-names';
import { text } from '../strings';
import { nameOf } from './pairs';

const t = text.identities;

/** Shows the changes that a mapping file would make. */
export function Changes({ report }: { report: MappingReport }) {
  const assistantName = useAssistantName();
  const identity = (one: IdentityRef) => `${assistantName(one.provider)} ${nameOf(one)}`;
  const all = (some: readonly IdentityRef[]) => some.map(identity).join(', ');
  const person = (one: { name: string | null; email: string | null; id: string }) => one.name ?? one.email ?? one.id;
  const entryOf = (row: { person: string; provider: string | null; identity: string }) =>
    `${row.person}: ${row.identity} · ${row.provider === null ? t.anyProvider : assistantName(row.provider)}`;
  const { joined, split, renamed, teams, unknown, ambiguous, kept_apart: apart } = report;
  const isCalm = [joined, split, renamed, teams].every(({ total }) => total === 0);
  return (
    <SpaceBetween size="s">
      <Box variant="h3">{t.preview}</Box>
      <Box color="text-body-secondary">{t.previewNote}</Box>
      <KeyValuePairs
        columns={2}
        items={[
          { label: t.entries, value: `${count(report.entries_after)} (${t.before(count(report.entries_before))})` },
          { label: t.allPeople, value: `${count(report.people_after)} (${t.before(count(report.people_before))})` },
        ]}
      />
      {isCalm && <Alert type="info">{t.noChanges}</Alert>}
      <Section title={t.joined(joined.total)} total={joined.total} rows={joined.rows.map((row) => `${person(row.person)}: ${all(row.identities)}`)} isOpen />
      <Section
        title={t.split(split.total)}
        total={split.total}
        rows={split.rows.map((row) => `${person(row.person)}: ${row.into.map((part) => all(part.identities)).join(' | ')}`)}
        isOpen
      />
      <Section title={t.renamed(renamed.total)} total={renamed.total} rows={renamed.rows.map((row) => t.renamedTo(row.before ?? '–', row.after ?? '–'))} />
      <Section title={t.teams(teams.total)} total={teams.total} rows={teams.rows.map((row) => t.team(row.name, row.people_after, row.people_before))} />
      <Section title={t.unknown(unknown.total)} note={t.unknownDetail} total={unknown.total} rows={unknown.rows.map(entryOf)} />
      <Section
        title={t.ambiguous(ambiguous.total)}
        note={t.ambiguousDetail}
        total={ambiguous.total}
        rows={ambiguous.rows.map((row) => `${entryOf(row)} → ${all(row.candidates)}`)}
        isOpen
      />
      <Section title={t.apart(apart.total)} total={apart.total} rows={apart.rows.map((row) => `${row.person}: ${row.people.map(person).join(' | ')}`)} />
    </SpaceBetween>
  );
}

interface SectionProps {
  title: string;
  note?: string;
  total: number;
  rows: readonly string[];
  isOpen?: boolean;
}

function Section({ title, note, total, rows, isOpen = false }: SectionProps) {
  if (total === 0) return null;
  return (
    <ExpandableSection headerText={title} defaultExpanded={isOpen}>
      {note !== undefined && <Box color="text-body-secondary">{note}</Box>}
      <ul>
        {rows.map((row, place) => (
          <li key={place}>{row}</li>
        ))}
      </ul>
      {total > rows.length && t.and(total - rows.length)}
    </ExpandableSection>
  );
}

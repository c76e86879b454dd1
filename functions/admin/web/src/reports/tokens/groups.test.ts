import { expect, test } from 'vitest';

import type { TokenRow } from '../../api/types';
import { csvCells, named } from './groups';

const row = (more: Partial<TokenRow>) => ({ level: 'user', subject: null, person: null, team: null, model: null, surface: null, ...more }) as TokenRow;
const subject = (id: string, name: string | null = null, email: string | null = null) => ({ id, name, email });
const noor = { id: '0a1b', name: 'Noor' };

test('a person has one name over all providers, with a link', () => {
  const at = (of: TokenRow['subject']) => named(row({ subject: of, person: noor }), 'person');
  expect(at(subject('7', 'noor-patel', 'noor@octo.example'))).toEqual({ name: 'Noor', detail: 'noor@octo.example', filter: null, person: noor });
  expect(at(subject('user-9'))).toEqual({ name: 'Noor', detail: null, filter: null, person: noor });
  expect(named(row({ subject: subject('7', null, 'noor@octo.example'), person: { id: '0a1b', name: null } }), 'person').name).toBe('noor@octo.example');
});

test('a subject without a person sets a filter instead of a link', () => {
  expect(named(row({ level: 'api_key', subject: subject('key_1', 'ci') }), 'person')).toEqual({ name: 'ci', detail: null, filter: { subject: 'key_1' }, person: null });
});

test('unattributed and unreported rows have no name and no filter', () => {
  const nothing = { name: null, detail: null, filter: null, person: null };
  expect(named(row({ subject: subject('') }), 'person')).toEqual(nothing);
  expect(named(row({ team: { id: '', name: null, connector: null } }), 'team')).toEqual(nothing);
  expect(named(row({}), 'model')).toEqual(nothing);
  expect(named(row({}), 'surface')).toEqual(nothing);
});

test('a team has its name if known, and its connector in the filter', () => {
  expect(named(row({ team: { id: '3', name: 'core', connector: 'c-1' } }), 'team')).toMatchObject({ name: 'core', filter: { team: 'c-1/3' } });
  expect(named(row({ team: { id: '@core', name: 'core', connector: null } }), 'team').filter).toEqual({ team: '@core' });
  expect(named(row({ team: { id: '3', name: null, connector: 'c-1' } }), 'team').name).toBe('3');
});

test('the file distinguishes people by id', () => {
  const { header, of } = csvCells('person');
  const cells = of(row({ subject: subject('7', 'noor-patel', 'noor@octo.example'), person: noor }));
  expect([header, cells]).toEqual([
    ['level', 'person', 'id', 'name', 'email'],
    ['user', '0a1b', '7', 'Noor', 'noor@octo.example'],
  ]);
});

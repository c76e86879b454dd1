import { expect, test } from 'vitest';

import type { TokenRow } from '../../api/words';
import { csvCells, named } from './groups';

const row = (more: Partial<TokenRow>) => ({ level: 'user', subject: null, team: null, model: null, surface: null, ...more }) as TokenRow;
const person = (id: string, name: string | null = null, email: string | null = null) => row({ subject: { id, name, email } });

test('a person is found again by address where there is one, else by id', () => {
  expect(named(person('7', 'Noor', 'noor@octo.example'), 'person')).toEqual({ name: 'Noor', detail: 'noor@octo.example', filter: { email: 'noor@octo.example' } });
  expect(named(person('7', null, 'noor@octo.example'), 'person')).toEqual({ name: 'noor@octo.example', detail: null, filter: { email: 'noor@octo.example' } });
  expect(named(person('key_1'), 'person')).toEqual({ name: 'key_1', detail: null, filter: { subject: 'key_1' } });
});

test('unattributed use and unreported values have no name and no filter', () => {
  const nothing = { name: null, detail: null, filter: null };
  expect(named(person(''), 'person')).toEqual(nothing);
  expect(named(row({}), 'model')).toEqual(nothing);
  expect(named(row({}), 'surface')).toEqual(nothing);
});

test('a team has its name where it is known, and its id in the filter', () => {
  expect(named(row({ team: { id: '3', name: 'core', connector: null } }), 'team')).toEqual({ name: 'core', detail: null, filter: { team: '3' } });
  expect(named(row({ team: { id: '3', name: null, connector: null } }), 'team').name).toBe('3');
});

test('the file tells people apart by id', () => {
  const { header, of } = csvCells('person');
  expect([header, of(person('7', 'Noor', 'noor@octo.example'))]).toEqual([['level', 'id', 'name', 'email'], ['user', '7', 'Noor', 'noor@octo.example']]);
});

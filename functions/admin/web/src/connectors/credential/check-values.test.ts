import { expect, test } from 'vitest';

import type { CredentialKind } from '../../api/types';
import { credentialBody, missing } from './check-values';

const app: CredentialKind = {
  kind: 'app',
  title: 'App',
  fields: [
    { name: 'app_id', title: 'App ID', shape: 'text' as const, required: true },
    { name: 'installation_id', title: 'Installation', shape: 'text' as const, required: false },
  ],
  url: '',
  begins: [],
};

test('missing required fields are named', () => {
  expect(Object.keys(missing(app, { app_id: '  ' }))).toEqual(['app_id']);
  expect(missing(app, { app_id: '7' })).toEqual({});
});

test('only the filled fields are sent', () => {
  expect(credentialBody(app, { app_id: ' 7 ', installation_id: '', other: 'x' })).toEqual({ kind: 'app', app_id: '7' });
});

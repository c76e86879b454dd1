import { expect, test } from 'vitest';

import { cognitoSignOut } from './oidc-session';

const HOME = 'https://pairmeter.example.com/';

test('Cognito signs out by its own parameters, others by OpenID Connect', () => {
  const issuer = 'https://cognito-idp.eu-north-1.amazonaws.com/eu-north-1_AbCdEfGhI';
  const endSession = 'https://pairmeter-123456789012.auth.eu-north-1.amazoncognito.com/logout';
  expect(cognitoSignOut({ issuer, client_id: '4abc' }, endSession, HOME)).toBe(
    `${endSession}?client_id=4abc&logout_uri=https%3A%2F%2Fpairmeter.example.com%2F`,
  );
  expect(cognitoSignOut({ issuer: 'https://login.example.com/realms/x', client_id: '4abc' }, endSession, HOME)).toBeNull();
});

// Addresses and token of the Pairmeter for the stories.

const required = (name: string): string => {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Error(`${name} is not set; tests/browser/run sets it`);
  return value;
};

export const BINARY = required('PAIRMETER_BINARY');
export const CHROMIUM = required('PAIRMETER_CHROMIUM');
export const ADDRESS = 'http://127.0.0.1:18787';
/** The same Pairmeter behind a gateway that requires a JWT, as on AWS. */
export const GATEWAY = 'http://127.0.0.1:18791';
/** Name of the demo's connector that the stories use. The history of others may take minutes because of rate limits. */
export const LOOKED_AT = 'Octodemo';
/** The token of the Pairmeter for the stories. It opens no other installation. */
export const TOKEN = 'token-of-the-browser-stories';

// Where the Pairmeter of the stories is, and what opens it.

const required = (name: string): string => {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Error(`${name} is not set; tests/browser/run sets it`);
  return value;
};

export const BINARY = required('PAIRMETER_BINARY');
export const CHROMIUM = required('PAIRMETER_CHROMIUM');
export const ADDRESS = 'http://127.0.0.1:18787';
/** The same Pairmeter as if it were on AWS: behind a gateway that wants a JWT of an issuer. */
export const GATEWAY = 'http://127.0.0.1:18791';
/** Name of the demo's connector that the stories look at. Others may be asked so seldom that their history takes minutes. */
export const LOOKED_AT = 'Octodemo';
/** Opens the Pairmeter of the stories and nothing else in the world. */
export const TOKEN = 'token-of-the-browser-stories';

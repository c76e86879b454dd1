// Where the Pairmeter of the stories is, and what opens it.

const required = (name: string): string => {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Error(`${name} is not set; tests/browser/run sets it`);
  return value;
};

export const BINARY = required('PAIRMETER_BINARY');
export const CHROMIUM = required('PAIRMETER_CHROMIUM');
export const ADDRESS = 'http://127.0.0.1:18787';
/** Opens the Pairmeter of the stories and nothing else in the world. */
export const TOKEN = 'token-of-the-browser-stories';

// All English texts of the app. Texts of the API (checks, fixes, steps, problems) come with the data.
import { add } from './strings/add';
import { chart } from './strings/chart';
import { connectors } from './strings/connectors';
import { identities } from './strings/identities';
import { persons } from './strings/persons';
import { reports } from './strings/reports';
import { shell } from './strings/shell';
import { tokens } from './strings/tokens';

export const text = { ...shell, ...chart, ...reports, ...persons, ...tokens, ...identities, ...connectors, ...add };

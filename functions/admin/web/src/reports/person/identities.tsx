import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import Table from '@cloudscape-design/components/table';

import type { IdentityOfPerson, PersonDetail } from '../../api/words';
import { day } from '../../format';
import { text } from '../../strings';
import { useKnown } from '../known-connectors';
import { type Reason, reasons } from './reasons';

/** The accounts that are this person, and why. */
export function Identities({ person: { identities, links } }: { person: PersonDetail }) {
  const { assistantName, connectorName } = useKnown();
  const why = reasons(identities, links);
  const accountOf = ({ name, subject }: IdentityOfPerson) => name ?? subject;
  const sentence = ({ link: { reason, detail }, other }: Reason) => {
    const account = `${accountOf(other)} (${assistantName(other.provider)})`;
    return text.person.reasons[reason](account, detail);
  };
  const reasonOf = (identity: IdentityOfPerson) => {
    const found = why.get(identity.id);
    if (found !== undefined) return sentence(found);
    return identity === identities[0] ? text.person.first : text.person.noReason;
  };
  return (
    <Container
      header={
        <Header variant="h2" description={text.person.identitiesDescription}>
          {text.person.identities}
        </Header>
      }
    >
      <Table<IdentityOfPerson>
        variant="embedded"
        wrapLines
        ariaLabels={{ tableLabel: text.person.identities }}
        items={[...identities]}
        trackBy="id"
        columnDefinitions={[
          { id: 'assistant', header: text.person.columns.assistant, isRowHeader: true, cell: ({ provider }) => assistantName(provider) },
          { id: 'account', header: text.person.columns.account, cell: accountOf },
          { id: 'why', header: text.person.columns.reason, minWidth: 200, cell: reasonOf },
          { id: 'email', header: text.person.columns.email, cell: ({ email }) => email ?? '–' },
          { id: 'connectors', header: text.person.columns.connectors, cell: ({ connectors }) => connectors.map(connectorName).join(', ') },
          { id: 'first', header: text.person.columns.firstSeen, cell: ({ first_seen }) => day(first_seen) },
        ]}
      />
    </Container>
  );
}

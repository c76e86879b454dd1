import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import Table from '@cloudscape-design/components/table';
import { useState } from 'react';

import type { IdentityOfPerson, PersonDetail } from '../../api/types';
import { day } from '../../format';
import { text } from '../../strings';
import { useConnectorLabels } from '../connector-labels';
import { NotThisPerson } from './not-this-person';
import { type Reason, reasons } from './reasons';

/** The identities of a person and their links. All but the first can be separated. */
export function Identities({ person: { identities, links } }: { person: PersonDetail }) {
  const { assistantName, connectorName } = useConnectorLabels();
  const [chosen, setChosen] = useState<IdentityOfPerson | null>(null);
  const reasonById = reasons(identities, links);
  const [first] = identities;
  const accountOf = ({ name, subject }: IdentityOfPerson) => name ?? subject;
  const fullName = (identity: IdentityOfPerson) => `${accountOf(identity)} (${assistantName(identity.provider)})`;
  const sentence = ({ link: { reason, detail }, other }: Reason) => text.person.reasons[reason](fullName(other), detail);
  const reasonOf = (identity: IdentityOfPerson) => {
    const reason = reasonById.get(identity.id);
    if (reason !== undefined) return sentence(reason);
    return identity === first ? text.person.first : text.person.noReason;
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
          ...(identities.length > 1
            ? [
                {
                  id: 'separate',
                  header: '',
                  minWidth: 160,
                  cell: (identity: IdentityOfPerson) =>
                    identity !== first && (
                      <Button
                        variant="inline-link"
                        ariaLabel={text.person.notThisPersonOf(fullName(identity))}
                        onClick={() => setChosen(identity)}
                      >
                        {text.person.notThisPerson}
                      </Button>
                    ),
                },
              ]
            : []),
        ]}
      />
      {first !== undefined && chosen !== null && (
        <NotThisPerson first={first} identity={chosen} name={fullName(chosen)} onClose={() => setChosen(null)} />
      )}
    </Container>
  );
}

import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';

import type { IdentityOfPerson } from '../../api/words';
import { useDecide } from '../../identities/use-decide';
import { text } from '../../strings';

interface Props {
  /** The identity that stays the person. */
  first: IdentityOfPerson;
  identity: IdentityOfPerson;
  /** The account and the assistant of `identity`. */
  name: string;
  onClose: () => void;
}

/** Asks before an identity is removed from a person. */
export function NotThisPerson({ first, identity, name, onClose }: Props) {
  const decide = useDecide();
  return (
    <Modal
      visible
      onDismiss={onClose}
      closeAriaLabel={text.chart.close}
      header={text.person.notThisPerson}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onClose}>
              {text.form.cancel}
            </Button>
            <Button
              variant="primary"
              loading={decide.isPending}
              // The dialog closes on failure too: the page shows the error.
              onClick={() => decide.mutate({ one: first, other: identity, verdict: 'different' }, { onSettled: onClose })}
            >
              {text.person.separate}
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      {text.person.separateDetail(name)}
    </Modal>
  );
}

import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';

import type { IdentityOfPerson } from '../../api/types';
import { useDecide } from '../../identities/use-decide';
import { text } from '../../strings';

interface Props {
  /** The identity that keeps the person. */
  first: IdentityOfPerson;
  identity: IdentityOfPerson;
  /** Name and assistant of `identity`. */
  name: string;
  onClose: () => void;
}

/** Confirms that an identity leaves a person. */
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
              // The dialog also closes on failure; the page shows the error.
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

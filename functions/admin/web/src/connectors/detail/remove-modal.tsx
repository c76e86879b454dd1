import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Checkbox from '@cloudscape-design/components/checkbox';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { answer, useApi } from '../../api/client';
import { connector as connectorQuery } from '../../api/queries';
import { detailOf } from '../../api/refusal';
import type { Connector } from '../../api/words';
import { text } from '../../strings';

/** Whoever removes a connector types its name: it cannot be undone. */
export function RemoveModal({
  connector,
  onClose,
  onGoing,
  onDone,
}: {
  connector: Connector;
  onClose: () => void;
  /** From here on nobody asks for the connector, unless its removal fails. */
  onGoing: (isGoing: boolean) => void;
  onDone: () => void;
}) {
  const api = useApi();
  const cache = useQueryClient();
  const [typed, setTyped] = useState('');
  const [purge, setPurge] = useState(false);
  const remove = useMutation({
    mutationFn: () =>
      answer(api.DELETE('/v1/connectors/{id}', { params: { path: { id: connector.id }, query: { purge } } })),
    onMutate: async () => {
      onGoing(true);
      await cache.cancelQueries({ queryKey: connectorQuery(api, connector.id).queryKey });
    },
    onError: () => onGoing(false),
    onSuccess: onDone,
  });
  return (
    <Modal
      visible
      onDismiss={onClose}
      closeAriaLabel={text.chart.close}
      header={text.connectors.removeTitle(connector.name)}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onClose}>
              {text.form.cancel}
            </Button>
            <Button variant="primary" disabled={typed !== connector.name} loading={remove.isPending} onClick={() => remove.mutate()}>
              {text.connectors.remove}
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        <Alert type="warning">{purge ? text.connectors.removePurges : text.connectors.removeKeeps}</Alert>
        <Checkbox checked={purge} onChange={({ detail }) => setPurge(detail.checked)}>
          {text.connectors.purge}
        </Checkbox>
        <FormField
          label={text.connectors.typeName(connector.name)}
          errorText={remove.error === null ? undefined : detailOf(remove.error)}
        >
          <Input value={typed} placeholder={connector.name} onChange={({ detail }) => setTyped(detail.value)} />
        </FormField>
      </SpaceBetween>
    </Modal>
  );
}

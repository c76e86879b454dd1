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
import type { Connector } from '../../api/types';
import { text } from '../../strings';

/** Removes a connector. The user must type its name, because removal cannot be undone. */
export function RemoveModal({
  connector,
  onClose,
  onRemoving,
  onDone,
}: {
  connector: Connector;
  onClose: () => void;
  /** Stops the queries about the connector, until its removal fails. */
  onRemoving: (isRemoving: boolean) => void;
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
      onRemoving(true);
      await cache.cancelQueries({ queryKey: connectorQuery(api, connector.id).queryKey });
    },
    onError: () => onRemoving(false),
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

import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Checkbox from '@cloudscape-design/components/checkbox';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Modal from '@cloudscape-design/components/modal';
import RadioGroup from '@cloudscape-design/components/radio-group';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';

import { answer, useApi } from '../../api/client';
import { detailOf } from '../../api/refusal';
import type { Connector, TeamSync } from '../../api/types';
import { text } from '../../strings';

const TEAM_SYNCS = ['daily', 'once'] as const satisfies TeamSync[];

/** Edits the settings of a connector: name, notices, and team membership. */
export function SettingsModal({ connector, onClose, onDone }: { connector: Connector; onClose: () => void; onDone: () => void }) {
  const api = useApi();
  const [name, setName] = useState(connector.name);
  const [notify, setNotify] = useState(connector.notify);
  const [teamSync, setTeamSync] = useState(connector.team_sync);
  const change = useMutation({
    mutationFn: () =>
      answer(api.PATCH('/v1/connectors/{id}', { params: { path: { id: connector.id } }, body: { name, notify, team_sync: teamSync } })),
    onSuccess: onDone,
  });
  return (
    <Modal
      visible
      onDismiss={onClose}
      closeAriaLabel={text.chart.close}
      header={text.connectors.edit}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onClose}>
              {text.form.cancel}
            </Button>
            <Button variant="primary" onClick={() => change.mutate()} loading={change.isPending}>
              {text.form.save}
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        <FormField label={text.connectors.name} errorText={change.error === null ? undefined : detailOf(change.error)}>
          <Input value={name} onChange={({ detail }) => setName(detail.value)} />
        </FormField>
        <Checkbox checked={notify} onChange={({ detail }) => setNotify(detail.checked)}>
          {text.connectors.notify}
        </Checkbox>
        <FormField label={text.connectors.teamSync}>
          <RadioGroup
            value={teamSync}
            items={TEAM_SYNCS.map((value) => ({ value, label: text.connectors.teamSyncs[value], description: text.connectors.teamSyncMeanings[value] }))}
            onChange={({ detail }) => setTeamSync(TEAM_SYNCS.find((one) => one === detail.value) ?? teamSync)}
          />
        </FormField>
      </SpaceBetween>
    </Modal>
  );
}

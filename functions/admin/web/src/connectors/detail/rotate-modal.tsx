import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Modal from '@cloudscape-design/components/modal';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { answer, useApi } from '../../api/client';
import { providers } from '../../api/queries';
import { detailOf, Refusal } from '../../api/refusal';
import type { Connector } from '../../api/types';
import { text } from '../../strings';
import { credentialBody, missing } from '../credential/check-values';
import { CredentialFields, type Values } from '../credential/credential-fields';
import { useForeign } from '../credential/foreign';
import { HowTo } from '../credential/how-to';
import { credentialOf, waysTo } from '../credential/ways';
import { Checks } from '../verification/checks';

/** Replaces the credential of a connector. The old one stays in use until the new one is verified. */
export function RotateModal({ connector, onClose, onDone }: { connector: Connector; onClose: () => void; onDone: (rotated: Connector) => void }) {
  const api = useApi();
  const provider = useQuery(providers(api)).data?.find(({ id }) => id === connector.provider);
  const ways = provider === undefined ? [] : waysTo(provider, connector.account.kind);
  const [place, setPlace] = useState<number | null>(null);
  const [values, setValues] = useState<Values>({});
  const [isChecked, setIsChecked] = useState(false);
  const usual = Math.max(0, ways.findIndex(({ id }) => id === connector.token.kind));
  const way = ways[place ?? usual];
  const credential = provider === undefined || way === undefined ? undefined : credentialOf(provider, way);
  const foreign = useForeign(provider, credential, values);
  const rotate = useMutation({
    mutationFn: (body: Record<string, string>) =>
      answer(api.PUT('/v1/connectors/{id}/credential', { params: { path: { id: connector.id } }, body: body as Record<string, never> })),
    onSuccess: onDone,
  });
  const submit = () => {
    if (credential === undefined) return;
    const isWhole = Object.keys(missing(credential, values)).length === 0;
    setIsChecked(!isWhole);
    if (isWhole) rotate.mutate(credentialBody(credential, values));
  };
  return (
    <Modal
      visible
      size="large"
      onDismiss={onClose}
      closeAriaLabel={text.chart.close}
      header={text.rotate.title(connector.name)}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onClose}>
              {text.form.cancel}
            </Button>
            <Button variant="primary" onClick={submit} loading={rotate.isPending}>
              {text.rotate.submit}
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        <Box>{text.rotate.description}</Box>
        {ways.length > 1 && (
          <Select
            ariaLabel={text.add.createToken}
            selectedOption={{ value: String(place ?? usual), label: way?.title ?? '' }}
            options={ways.map(({ title }, index) => ({ value: String(index), label: title }))}
            onChange={({ detail }) => setPlace(Number(detail.selectedOption.value))}
          />
        )}
        {way !== undefined && <HowTo way={way} account={connector.account} />}
        {credential !== undefined && (
          <CredentialFields
            credential={credential}
            values={values}
            onChange={(name, value) => {
              setValues((now) => ({ ...now, [name]: value }));
              // The checks on screen belong to the previous token.
              rotate.reset();
            }}
            errors={isChecked ? missing(credential, values) : {}}
            foreign={foreign}
          />
        )}
        {rotate.error !== null && (
          <Alert type="error" header={text.rotate.failed}>
            {detailOf(rotate.error)}
          </Alert>
        )}
        {rotate.error instanceof Refusal && rotate.error.checks.length > 0 && <Checks checks={rotate.error.checks} />}
      </SpaceBetween>
    </Modal>
  );
}

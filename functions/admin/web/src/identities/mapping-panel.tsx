import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import FileUpload from '@cloudscape-design/components/file-upload';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table from '@cloudscape-design/components/table';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { answer, type Api, useApi } from '../api/client';
import { detailOf, Refusal } from '../api/refusal';
import { download } from '../reports/chart/csv';
import { useFlashes } from '../shell/flashes';
import { Loading } from '../shell/loading';
import { text } from '../strings';
import { Changes } from './changes';

const t = text.identities;
const TEMPLATE = 'person,name,provider,identity,team,from,to\r\n';

/** Sends the file unchanged. The API reports faults in its bytes. */
const put = (api: Api, file: File, query: { dry_run: boolean; version?: number }) =>
  answer(
    api.PUT('/v1/identities', {
      params: { query },
      body: file as unknown as string,
      bodySerializer: (body) => body,
      headers: { 'content-type': 'text/csv' },
    }),
  );

/** Uploads the mapping file after a dry run, and downloads it. */
export function MappingPanel() {
  const api = useApi();
  const cache = useQueryClient();
  const { succeed, fail } = useFlashes();
  const [file, setFile] = useState<File | null>(null);
  const preview = useMutation({ mutationFn: (chosen: File) => put(api, chosen, { dry_run: true }) });
  const apply = useMutation({
    mutationFn: ({ chosen, version }: { chosen: File; version: number }) => put(api, chosen, { dry_run: false, version }),
    onSuccess: async (report) => {
      setFile(null);
      preview.reset();
      await cache.invalidateQueries();
      succeed(t.applied(report.entries_after));
    },
  });
  const save = useMutation({
    mutationFn: async () =>
      answer(api.GET('/v1/identities/mapping', { params: { query: { format: 'csv' } }, parseAs: 'text' })),
    onSuccess: (content) => download('people.csv', content),
    onError: fail,
  });
  const choose = (chosen: File | null) => {
    setFile(chosen);
    apply.reset();
    preview.reset();
    if (chosen !== null) preview.mutate(chosen);
  };
  const { data, error } = preview;
  return (
    <Container
      header={
        <Header
          variant="h2"
          description={t.mappingDescription}
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <Button iconName="download" onClick={() => download('template.csv', TEMPLATE)}>
                {t.template}
              </Button>
              <Button iconName="download" loading={save.isPending} onClick={() => save.mutate()}>
                {t.download}
              </Button>
            </SpaceBetween>
          }
        >
          {t.mapping}
        </Header>
      }
    >
      <SpaceBetween size="m">
        <ExpandableSection headerText={t.columnsTitle}>
          <KeyValuePairs columns={2} items={t.columns.map(([label, value]) => ({ label, value }))} />
        </ExpandableSection>
        <FileUpload
          value={file === null ? [] : [file]}
          accept=".csv,text/csv"
          constraintText={t.chooseHint}
          showFileSize
          i18nStrings={{
            uploadButtonText: () => (file === null ? t.choose : t.chooseAnother),
            dropzoneText: () => t.choose,
            removeFileAriaLabel: () => t.remove,
            limitShowFewer: '',
            limitShowMore: '',
            errorIconAriaLabel: '',
          }}
          onChange={({ detail }) => choose(detail.value[0] ?? null)}
        />
        {preview.isPending && <Loading />}
        {error !== null && (error instanceof Refusal && error.faults.length > 0 ? <FaultsTable refusal={error} /> : <Alert type="error">{detailOf(error)}</Alert>)}
        {data !== undefined && file !== null && (
          <SpaceBetween size="m">
            <Changes report={data} />
            {apply.error !== null && (
              <Alert type="error" action={<Button onClick={() => choose(file)}>{text.failure.retry}</Button>}>
                {detailOf(apply.error)}
              </Alert>
            )}
            <SpaceBetween direction="horizontal" size="xs">
              <Button variant="primary" loading={apply.isPending} onClick={() => apply.mutate({ chosen: file, version: data.version })}>
                {t.apply}
              </Button>
              <Button variant="link" disabled={apply.isPending} onClick={() => choose(null)}>
                {text.form.cancel}
              </Button>
            </SpaceBetween>
          </SpaceBetween>
        )}
      </SpaceBetween>
    </Container>
  );
}

const MOST_FAULTS = 100;

function FaultsTable({ refusal }: { refusal: Refusal }) {
  const { faults } = refusal;
  return (
    <SpaceBetween size="s">
      <Alert type="error" header={t.faults(faults.length)}>
        {faults.length === MOST_FAULTS && t.moreFaults}
      </Alert>
      <Table
        variant="embedded"
        wrapLines
        items={faults}
        ariaLabels={{ tableLabel: t.correction }}
        columnDefinitions={[
          { id: 'line', header: t.line, cell: ({ line }) => line ?? '–' },
          { id: 'field', header: t.field, cell: ({ field }) => field ?? '–' },
          { id: 'why', header: t.correction, isRowHeader: true, cell: ({ why }) => <Box>{why}</Box> },
        ]}
      />
    </SpaceBetween>
  );
}

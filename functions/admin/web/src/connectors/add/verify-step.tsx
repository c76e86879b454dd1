import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import FormField from '@cloudscape-design/components/form-field';
import Grid from '@cloudscape-design/components/grid';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';

import { detailOf } from '../../api/refusal';
import type { Check, Verification } from '../../api/types';
import { day } from '../../format';
import { ErrorBoundary } from '../../shell/error-boundary';
import { text } from '../../strings';
import { Capabilities } from '../verification/capabilities';
import { Checks } from '../verification/checks';
import { PreviewCharts } from '../verification/preview-charts';
import type { Draft } from './draft';

const ALERT = { valid: 'success', invalid: 'error', unknown: 'warning' } as const;
const COLUMN_SPAN = { colspan: { default: 12, m: 6 } };

/** The result of verify, before anything is stored. */
export function VerifyStep({
  draft,
  onChange,
  verification,
  failure,
  isPending,
  onAgain,
  onSave,
  saving: { isSaving, notSaved },
}: {
  draft: Draft;
  onChange: (draft: Draft) => void;
  verification: Verification | undefined;
  failure: unknown;
  isPending: boolean;
  onAgain: () => void;
  onSave: () => void;
  saving: { isSaving: boolean; notSaved: unknown };
}) {
  const again = (
    <Button onClick={onAgain} loading={isPending} iconName="refresh">
      {text.verification.again}
    </Button>
  );
  if (isPending || (verification === undefined && failure === null)) {
    return (
      <Container header={<Header variant="h2">{text.verification.checks}</Header>}>
        <StatusIndicator type="loading">{text.verification.asking(draft.account.slug)}</StatusIndicator>
      </Container>
    );
  }
  if (verification === undefined) {
    return (
      <Alert type="error" header={text.verification.refused} action={again}>
        {detailOf(failure)}
      </Alert>
    );
  }
  const { verdict, token, capabilities } = verification;
  return (
    <SpaceBetween size="l">
      <Alert type={ALERT[verdict]} header={text.verification.verdicts[verdict]} action={again}>
        {text.verification.verdictDetails[verdict]}
      </Alert>
      {verdict === 'valid' && (
        <Container>
          <SpaceBetween size="m">
            <FormField
              label={text.connectors.name}
              description={text.add.nameHint}
              errorText={notSaved === null ? undefined : detailOf(notSaved)}
            >
              <Input
                value={draft.name}
                placeholder={draft.account.slug}
                onChange={({ detail }) => onChange({ ...draft, name: detail.value })}
                onKeyDown={({ detail }) => {
                  if (detail.key === 'Enter') onSave();
                }}
              />
            </FormField>
            <Button variant="primary" onClick={onSave} loading={isSaving}>
              {text.add.save}
            </Button>
          </SpaceBetween>
        </Container>
      )}
      <Grid gridDefinition={capabilities.length > 0 ? [COLUMN_SPAN, COLUMN_SPAN] : [{ colspan: 12 }]}>
        <Container fitHeight header={<Header variant="h2">{text.verification.checks}</Header>}>
          <CheckList checks={verification.checks} />
        </Container>
        {capabilities.length > 0 && (
          <Container fitHeight header={<Header variant="h2">{text.verification.capabilities}</Header>}>
            <SpaceBetween size="l">
              <Capabilities capabilities={capabilities} />
              <KeyValuePairs
                columns={3}
                items={[
                  { label: text.connectors.tokenKind, value: text.tokenKinds[token.kind] ?? token.kind },
                  { label: text.connectors.token, value: token.expires_at ? text.connectors.expiresOn(day(token.expires_at.slice(0, 10))) : text.connectors.noExpiry },
                  { label: text.connectors.scopes, value: token.scopes?.join(', ') ?? '–' },
                ]}
              />
            </SpaceBetween>
          </Container>
        )}
      </Grid>
      {verification.preview !== null && verification.preview !== undefined && (
        <SpaceBetween size="m">
          <Header variant="h2" description={text.preview.description}>
            {text.preview.title(day(verification.preview.from), day(verification.preview.to))}
          </Header>
          <ErrorBoundary>
            <PreviewCharts preview={verification.preview} />
          </ErrorBoundary>
        </SpaceBetween>
      )}
    </SpaceBetween>
  );
}

/** Lists failed checks first and folds passed checks into one line. */
function CheckList({ checks }: { checks: readonly Check[] }) {
  const passed = checks.filter(({ outcome }) => outcome === 'pass');
  const others = checks.filter(({ outcome }) => outcome !== 'pass');
  return (
    <SpaceBetween size="m">
      {others.length > 0 && <Checks checks={others} />}
      {passed.length > 0 && (
        <ExpandableSection headerText={<StatusIndicator type="success">{text.verification.passed(passed.length)}</StatusIndicator>}>
          <Checks checks={passed} />
        </ExpandableSection>
      )}
    </SpaceBetween>
  );
}

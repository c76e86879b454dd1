// The API's words, as generated from infra/openapi.yaml.
import type { components } from './schema';

type Schemas = components['schemas'];

export type Provider = Schemas['Provider'];
export type CredentialKind = Schemas['CredentialKind'];
export type Way = Schemas['Way'];
export type Break = Schemas['Break'];
export type Connector = Schemas['Connector'];
export type ConnectorState = Schemas['ConnectorState'];
export type Account = Schemas['Account'];
export type LastPoll = Schemas['LastPoll'];
export type Notice = Schemas['Notice'];
export type NoticeKind = Schemas['NoticeKind'];
export type Verification = Schemas['Verification'];
export type Check = Schemas['Check'];
export type CheckOutcome = Schemas['CheckOutcome'];
export type Capability = Schemas['Capability'];
export type CapabilityOutcome = Schemas['CapabilityOutcome'];
export type Preview = Schemas['Preview'];
export type PreviewDay = Schemas['PreviewDay'];
export type Ledger = Schemas['LedgerReport'];
export type LedgerDay = Schemas['LedgerDay'];
export type LedgerEntry = Schemas['LedgerEntry'];
export type Revision = Schemas['Revision'];
export type Dataset = Schemas['Dataset'];
export type Dimension = Schemas['Dimension'];
export type FreshnessRow = Schemas['FreshnessRow'];
export type Person = Schemas['Person'];
export type SeatRow = Schemas['SeatRow'];
export type SeatsSummary = Schemas['SeatsSummary'];
export type UsageRow = Schemas['Page_SubjectRow_ActivityMetrics']['rows'][number];
export type ActivityMetric = keyof Schemas['ActivityMetrics'];
export type BreakdownRow = Schemas['BreakdownRow'];
export type BreakdownMetric = keyof Schemas['BreakdownMetrics'];
export type PullRequestRow = Schemas['Page_SubjectRow_PullRequestMetrics']['rows'][number];
export type PullRequestMetric = keyof Schemas['PullRequestMetrics'];
export type Problem = Schemas['Problem'];

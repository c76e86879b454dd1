import { sentence } from '../format';
import { text } from '../strings';
import type { Capability, Check, Fault, Problem } from './types';

/** A problem that the API returned. Its `detail` is written for people. */
export class Refusal extends Error {
  override readonly name = 'Refusal';

  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
    readonly field: string | null,
    readonly requestId: string | null,
    readonly checks: readonly Check[],
    readonly capabilities: readonly Capability[],
    readonly faults: readonly Fault[] = [],
  ) {
    super(detail);
  }

  static of(status: number, problem: unknown): Refusal {
    if (!isProblem(problem)) return new Refusal(status, 'unreadable', text.failure.unreadable(status), null, null, [], []);
    return new Refusal(
      status,
      problem.code,
      problem.detail,
      problem.field ?? null,
      problem.request_id ?? null,
      problem.checks ?? [],
      problem.capabilities ?? [],
      problem.faults ?? [],
    );
  }
}

function isProblem(value: unknown): value is Problem {
  return typeof value === 'object' && value !== null && 'code' in value && 'detail' in value && typeof value.detail === 'string';
}

/** Whether no server answered. `fetch` throws a TypeError then. */
export const isUnreachable = (error: unknown): boolean => error instanceof TypeError;

/** The text to show for any thrown value. */
export function detailOf(error: unknown): string {
  if (error instanceof Refusal) return sentence(error.message);
  return isUnreachable(error) ? text.failure.unreachable : String(error);
}

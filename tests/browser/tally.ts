import type { FullResult, Reporter, TestCase, TestResult } from '@playwright/test/reporter';

/** Prints the number of stories. A run without stories fails. */
export default class Tally implements Reporter {
  private passed = 0;
  private failed = 0;
  private skipped = 0;

  onTestEnd(_test: TestCase, { status }: TestResult): void {
    if (status === 'passed') this.passed += 1;
    else if (status === 'skipped') this.skipped += 1;
    else this.failed += 1;
  }

  async onEnd(result: FullResult): Promise<{ status?: FullResult['status'] } | undefined> {
    console.log(`browser: ${this.passed} passed, ${this.failed} failed, ${this.skipped} skipped`);
    if (this.passed + this.failed > 0) return undefined;
    console.error('no story ran');
    return { status: result.status === 'passed' ? 'failed' : result.status };
  }
}

import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import { Component, type ReactNode } from 'react';

import { text } from '../strings';

interface Props {
  children: ReactNode;
}

interface State {
  error: unknown;
  hasFailed: boolean;
}

/** Shows a rendering error in place of the failed part. The rest of the page stays. */
export class ErrorBoundary extends Component<Props, State> {
  override state: State = { error: null, hasFailed: false };

  static getDerivedStateFromError(error: unknown): State {
    return { error, hasFailed: true };
  }

  override render(): ReactNode {
    if (!this.state.hasFailed) return this.props.children;
    const { error } = this.state;
    return (
      <Alert
        type="error"
        header={text.failure.notDrawn}
        action={<Button onClick={() => this.setState({ error: null, hasFailed: false })}>{text.failure.retry}</Button>}
      >
        {text.failure.notDrawnDetail(error instanceof Error ? error.message : String(error))}
      </Alert>
    );
  }
}

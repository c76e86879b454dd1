import { text } from '../strings';
import { Page } from './page';

export function NotFoundPage() {
  return <Page title={text.shell.notFound}>{text.shell.notFoundDetail}</Page>;
}

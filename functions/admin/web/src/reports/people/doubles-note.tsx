import { text } from '../../strings';
import { useAssistantName } from '../assistant-names';
import type { Distinct } from './distinct';

/** Why a number of people may be too high. */
export function DoublesNote({ doubles, without }: Pick<Distinct, 'doubles' | 'without'>) {
  const assistantName = useAssistantName();
  return doubles === 0 ? null : <>{text.people.doubles(doubles, without.map(assistantName))}</>;
}

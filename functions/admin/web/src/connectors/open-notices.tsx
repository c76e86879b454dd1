import Alert from '@cloudscape-design/components/alert';
import Link from '@cloudscape-design/components/link';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';

import { answer, useApi } from '../api/client';
import { connectors, notices } from '../api/queries';
import { time } from '../format';
import { useFlashes } from '../shell/flashes';
import { useFollow } from '../shell/follow';
import { text } from '../strings';

/** Open notices about one or all connectors. The list about all also reports undelivered mail. */
export function OpenNotices({ connector }: { connector?: string }) {
  const api = useApi();
  const follow = useFollow();
  const { fail } = useFlashes();
  const cache = useQueryClient();
  const answered = useQuery(notices(api)).data;
  const open = answered?.notices.filter((notice) => connector === undefined || notice.connector === connector) ?? [];
  const mail = connector === undefined ? answered?.mail : null;
  const mailWarning = mail ? text.notices.mail[mail.state] : undefined;
  const all = useQuery(connectors(api)).data ?? [];
  const dismiss = useMutation({
    mutationFn: (id: string) => answer(api.POST('/v1/notices/{id}/dismiss', { params: { path: { id } } })),
    onSettled: () => cache.invalidateQueries({ queryKey: notices(api).queryKey }),
    onError: fail,
  });
  if (open.length === 0 && mailWarning === undefined) return null;
  return (
    <SpaceBetween size="xs">
      {mail && mailWarning !== undefined && (
        <Alert type="warning" header={mailWarning}>
          {mail.detail} ({text.notices.checked(time(mail.checked_at))})
        </Alert>
      )}
      {open.map((notice) => (
        <Alert
          key={notice.id}
          type={notice.kind === 'owner_must_act' ? 'error' : 'warning'}
          dismissible
          i18nStrings={{ dismissAriaLabel: text.notices.dismiss }}
          onDismiss={() => dismiss.mutate(notice.id)}
          header={text.notices.kinds[notice.kind]}
        >
          {notice.detail}{' '}
          {connector === undefined && (
            <Link href={`/connectors/${notice.connector}`} onFollow={follow}>
              {all.find(({ id }) => id === notice.connector)?.name ?? text.notices.open}
            </Link>
          )}{' '}
          ({text.notices.since(time(notice.since))})
        </Alert>
      ))}
    </SpaceBetween>
  );
}

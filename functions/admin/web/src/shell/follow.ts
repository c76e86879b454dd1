import { useCallback } from 'react';
import { useNavigate } from 'react-router';

interface FollowEvent {
  preventDefault: () => void;
  detail: { href?: string | undefined; external?: boolean | undefined };
}

/** Follows links of ours without loading the page anew; `onFollow` of every Cloudscape link takes it. */
export function useFollow(): (event: FollowEvent) => void {
  const navigate = useNavigate();
  return useCallback(
    (event) => {
      const { href, external } = event.detail;
      if (href?.startsWith('/') !== true || external === true) return;
      event.preventDefault();
      void navigate(href);
    },
    [navigate],
  );
}

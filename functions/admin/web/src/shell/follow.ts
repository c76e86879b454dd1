import { useCallback } from 'react';
import { useNavigate } from 'react-router';

interface FollowEvent {
  preventDefault: () => void;
  detail: { href?: string | undefined; external?: boolean | undefined };
}

/** Opens internal links without a page load. For `onFollow` of Cloudscape links. */
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

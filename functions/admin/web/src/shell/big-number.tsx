import Box from '@cloudscape-design/components/box';
import type { ReactNode } from 'react';

/** A number that is the point of its place. */
export function BigNumber({ children, aside }: { children: ReactNode; aside?: ReactNode }) {
  return (
    <Box>
      <Box variant="span" fontSize="display-l" fontWeight="bold">
        {children}
      </Box>
      {aside !== undefined && (
        <Box variant="span" color="text-body-secondary" margin={{ left: 'xs' }}>
          {aside}
        </Box>
      )}
    </Box>
  );
}

import Box from '@cloudscape-design/components/box';
import type { ReactNode } from 'react';

import classes from './big-number.module.css';

/** A large number with a note below it. */
export function BigNumber({ children, aside }: { children: ReactNode; aside?: ReactNode }) {
  return (
    <Box>
      <span className={classes.number}>{children}</span>
      {aside !== undefined && <Box color="text-body-secondary">{aside}</Box>}
    </Box>
  );
}

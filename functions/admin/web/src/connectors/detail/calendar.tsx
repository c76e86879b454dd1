import { type KeyboardEvent, useRef } from 'react';

import { addDays } from '../../days';
import { dayOfWeek, monthOf } from '../../format';
import { text } from '../../strings';
import type { Cell } from './days-of-ledger';
import classes from './ledger-calendar.module.css';

const STEPS: Partial<Record<string, number>> = { ArrowUp: -1, ArrowDown: 1, ArrowLeft: -7, ArrowRight: 7 };

/**
 * One square per day, one column per week. Cloudscape has no such component.
 *
 * The calendar is one tab stop. Arrow keys move within it.
 */
export function Calendar({
  weeks,
  chosen,
  onChoose,
}: {
  weeks: (Cell | null)[][];
  chosen: string | null;
  onChoose: (day: string) => void;
}) {
  const grid = useRef<HTMLDivElement>(null);
  const days = weeks.flat().filter((cell) => cell !== null);
  const entered = days.some(({ day }) => day === chosen) ? chosen : days.at(-1)?.day;
  const move = (event: KeyboardEvent) => {
    const step = STEPS[event.key];
    if (step === undefined || entered === null || entered === undefined) return;
    event.preventDefault();
    const next = addDays(entered, step);
    const square = grid.current?.querySelector<HTMLElement>(`[data-day="${next}"]`);
    if (square === null || square === undefined) return;
    onChoose(next);
    square.focus();
  };
  return (
    <div className={classes.scroll}>
      <div ref={grid} className={classes.calendar} role="group" aria-label={text.ledger.calendarLabel} onKeyDown={move}>
        {weeks.map((week, index) => (
          <div key={week.find((cell) => cell !== null)?.day} className={classes.week}>
            <span className={classes.month} aria-hidden>
              {monthStarting(week, index)}
            </span>
            {week.map((cell, weekday) =>
              cell === null ? (
                <span key={weekday} className={classes.square} />
              ) : (
                <button
                  key={cell.day}
                  type="button"
                  data-day={cell.day}
                  tabIndex={cell.day === entered ? 0 : -1}
                  aria-pressed={cell.day === chosen}
                  aria-label={`${dayOfWeek(cell.day)}: ${text.ledger.states[cell.state]}`}
                  title={`${dayOfWeek(cell.day)}: ${text.ledger.states[cell.state]}`}
                  className={`${classes.square} ${classes[cell.state]}`}
                  onClick={() => onChoose(cell.day)}
                />
              ),
            )}
          </div>
        ))}
      </div>
    </div>
  );
}

/** The name of the month above the week in which it begins. The first week gets a name only if there is room before the next. */
function monthStarting(week: (Cell | null)[], index: number): string {
  const first = week.find((cell) => cell !== null)?.day;
  const begins = week.find((cell) => cell?.day.endsWith('-01'))?.day;
  return begins !== undefined ? monthOf(begins) : index === 0 && first !== undefined && Number(first.slice(-2)) < 5 ? monthOf(first) : '';
}

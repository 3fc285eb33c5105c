/*
 * What it is: the buttons of a row that takes something away: the first press asks, the second does
 * it. The way back has the focus in between.
 */
import { useEffect, useRef, useState } from 'react';
import { Button } from 'react-aria-components';

interface SureProps {
  /** The id of what the row is about. */
  readonly about: string;
  readonly ask: string;
  readonly sure: string;
  readonly keep: string;
  /** Whether it was done; else it asks again. */
  act(): Promise<boolean>;
}

export function Sure({ about, ask, sure, keep, act }: SureProps) {
  const [asked, setAsked] = useState(false);
  const back = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (asked) back.current?.focus();
  }, [asked]);
  const go = async () => {
    if (!(await act())) setAsked(false);
  };
  return (
    <span className="account-row-acts">
      {asked && (
        <Button ref={back} className="btn quiet" onPress={() => setAsked(false)}>
          {keep}
        </Button>
      )}
      <Button
        className={asked ? 'btn stop' : 'btn quiet'}
        aria-describedby={about}
        onPress={() => (asked ? void go() : setAsked(true))}
      >
        {asked ? sure : ask}
      </Button>
    </span>
  );
}

/*
 * What it is: beginning a meeting: its kind, what that kind cannot be without, and one button.
 */
import { Check } from 'lucide-react';
import { useState } from 'react';
import type { FormEvent } from 'react';
import { Button, Checkbox } from 'react-aria-components';
import { PLAIN, needs, termsOf } from '../call/kind';
import type { Terms } from '../call/kind';
import { usePart, useTell } from './call';
import { useT } from './i18n';
import { KindFields } from './Kind';

export function NewMeeting() {
  const t = useT();
  const tell = useTell();
  const busy = usePart((state) => state.homeBusy);
  const [terms, setTerms] = useState<Terms>(PLAIN);
  const [wrong, setWrong] = useState(false);
  const needed = needs(terms.profile);
  const change = (part: Partial<Terms>) => {
    setTerms({ ...terms, ...part });
    setWrong(false);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const whole = termsOf(terms);
    setWrong(whole === null);
    if (whole) tell({ t: 'new_meeting', terms: whole });
  };
  return (
    <form onSubmit={submit} noValidate>
      <KindFields terms={terms} wrong={wrong} onChange={change} />
      <Button className="btn key wide" type="submit" data-busy={busy}>
        {t(busy ? 'home.new.busy' : 'home.new')}
      </Button>
      <Checkbox
        className="check"
        isSelected={terms.waiting || needed.waiting}
        isReadOnly={needed.waiting}
        onChange={(waiting) => change({ waiting })}
      >
        <span className="check-box" aria-hidden="true">
          <Check size={13} strokeWidth={3} />
        </span>
        {t('home.waiting')}
      </Checkbox>
    </form>
  );
}

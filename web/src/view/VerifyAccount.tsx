/*
 * What it is: asking the server whether somebody's device is on the list of a sign-in name.
 */
import { BadgeCheck, TriangleAlert } from 'lucide-react';
import { useState } from 'react';
import type { FormEvent } from 'react';
import { Button, Input, Label, TextField } from 'react-aria-components';
import { checkDevice } from '../account/calls';
import { nameFault } from '../account/rules';
import { useT } from './i18n';

type Said = 'yes' | 'no' | 'unknown';

interface Answer {
  readonly said: Said;
  readonly account: string;
}

interface Props {
  /** That person's key. */
  readonly device: string;
  /** As they are called here. */
  readonly name: string;
}

export function VerifyAccount({ device, name }: Props) {
  const t = useT();
  const [account, setAccount] = useState('');
  const [answer, setAnswer] = useState<Answer | null>(null);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const asked = account.trim();
    if (nameFault(asked)) return setAnswer({ said: 'no', account: asked });
    setAnswer(null);
    const said = await checkDevice(asked, device);
    const no = !said.ok && said.refusal.why === 'not_found';
    setAnswer({ said: said.ok ? 'yes' : no ? 'no' : 'unknown', account: asked });
  };
  return (
    <form className="verify-account" onSubmit={(event) => void submit(event)}>
      <TextField className="field" value={account} onChange={setAccount} maxLength={64}>
        <Label>{t('verify.account')}</Label>
        <Input autoComplete="off" autoCapitalize="none" spellCheck={false} />
      </TextField>
      <p className="note-s">{t('verify.account.hint', { name })}</p>
      <Button className="btn small" type="submit" isDisabled={account.trim() === ''}>
        {t('verify.account.ask')}
      </Button>
      <div role="status">
        {answer && (
          <div className="note sealstate">
            {answer.said === 'yes' ? (
              <BadgeCheck size={18} aria-hidden="true" />
            ) : (
              <TriangleAlert size={18} aria-hidden="true" />
            )}
            <p>{t(`verify.account.${answer.said}`, { name, account: answer.account })}</p>
          </div>
        )}
      </div>
    </form>
  );
}

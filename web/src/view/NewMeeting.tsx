/*
 * What it is: beginning a meeting: its kind, what that kind cannot be without, and one button.
 */
import { Check } from 'lucide-react';
import { useId, useState } from 'react';
import type { FormEvent } from 'react';
import { Button, Checkbox, FieldError, Input, Label, Text, TextField } from 'react-aria-components';
import { KINDS, needs, termsOf } from '../call/kind';
import type { Profile } from '../wire/signal';
import { usePart, useTell } from './call';
import { useT } from './i18n';

function KindChoice({ kind, onChange }: { kind: Profile; onChange(kind: Profile): void }) {
  const t = useT();
  const id = useId();
  return (
    <>
      <label className="kind">
        <span>{t('home.kind')}</span>
        <select
          value={kind}
          aria-describedby={id}
          onChange={(event) => onChange(event.currentTarget.value as Profile)}
        >
          {KINDS.map((one) => (
            <option key={one} value={one}>
              {t(`home.kind.${one}`)}
            </option>
          ))}
        </select>
      </label>
      <p id={id} className="kind-text">
        {kind !== 'default' && t(`home.kind.${kind}.text`)}
      </p>
    </>
  );
}

interface PasscodeProps {
  readonly text: string;
  readonly wrong: boolean;
  onChange(text: string): void;
}

function PasscodeField({ text, wrong, onChange }: PasscodeProps) {
  const t = useT();
  return (
    <TextField className="field kind-passcode" isInvalid={wrong} value={text} onChange={onChange}>
      <Label>{t('door.passcode')}</Label>
      <Input autoComplete="off" spellCheck="false" maxLength={64} />
      {!wrong && <Text slot="description" className="kind-text">{t('home.passcode.text')}</Text>}
      <FieldError className="problem">{t('home.passcode.rule')}</FieldError>
    </TextField>
  );
}

export function NewMeeting() {
  const t = useT();
  const tell = useTell();
  const busy = usePart((state) => state.homeBusy);
  const [profile, setProfile] = useState<Profile>('default');
  const [waiting, setWaiting] = useState(false);
  const [passcode, setPasscode] = useState('');
  const [wrong, setWrong] = useState(false);
  const needed = needs(profile);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const terms = termsOf({ profile, waiting, passcode });
    setWrong(terms === null);
    if (terms) tell({ t: 'new_meeting', terms });
  };
  const write = (text: string) => {
    setPasscode(text);
    setWrong(false);
  };
  return (
    <form onSubmit={submit} noValidate>
      <KindChoice kind={profile} onChange={setProfile} />
      {needed.passcode && <PasscodeField text={passcode} wrong={wrong} onChange={write} />}
      <Button className="btn key wide" type="submit" data-busy={busy}>
        {t(busy ? 'home.new.busy' : 'home.new')}
      </Button>
      <Checkbox
        className="check"
        isSelected={waiting || needed.waiting}
        isReadOnly={needed.waiting}
        onChange={setWaiting}
      >
        <span className="check-box" aria-hidden="true">
          <Check size={13} strokeWidth={3} />
        </span>
        {t('home.waiting')}
      </Checkbox>
    </form>
  );
}

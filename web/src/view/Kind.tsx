/*
 * What it is: the fields for a meeting's kind, and for the passcode where that kind needs one.
 */
import { useId } from 'react';
import { FieldError, Input, Label, Text, TextField } from 'react-aria-components';
import { KINDS, needs } from '../call/kind';
import type { Terms } from '../call/kind';
import type { Profile } from '../wire/signal';
import { useT } from './i18n';
import './kind.css';

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

interface KindFieldsProps {
  readonly terms: Terms;
  /** The passcode is missing, or breaks its rule. */
  readonly wrong: boolean;
  onChange(change: Partial<Terms>): void;
}

export function KindFields({ terms, wrong, onChange }: KindFieldsProps) {
  const { profile, passcode } = terms;
  return (
    <>
      <KindChoice kind={profile} onChange={(kind) => onChange({ profile: kind })} />
      {needs(profile).passcode && (
        <PasscodeField text={passcode} wrong={wrong} onChange={(text) => onChange({ passcode: text })} />
      )}
    </>
  );
}

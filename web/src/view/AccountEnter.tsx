/*
 * What it is: the way in: by passkey, by name and password, through the organisation; or a new account.
 */
import { Building2, KeyRound } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import type { FormEvent, ReactNode } from 'react';
import { Button, FieldError, Input, Label, Text, TextField } from 'react-aria-components';
import { PROVIDER_START, hasProvider, signIn, signUp } from '../account/calls';
import type { Outcome, Refusal, Who } from '../account/calls';
import { canPasskeys, signInByPasskey, signUpByPasskey } from '../account/passkeys';
import { deviceOf, nameFault, passwordFault } from '../account/rules';
import type { Fault } from '../account/rules';
import { awaitReturn } from '../wire/place';
import { useSentence } from './account';
import type { Deed } from './account';
import { useT } from './i18n';

const device = () => deviceOf(navigator.userAgent);

interface Tried {
  readonly deed: Deed;
  readonly refusal: Refusal;
}

/** One attempt at a time; what it came to. */
function useAttempt(onIn: (who: Who) => void) {
  const [busy, setBusy] = useState<Deed | null>(null);
  const [tried, setTried] = useState<Tried | null>(null);
  const attempt = async (deed: Deed, work: () => Promise<Outcome<Who>>) => {
    if (busy) return;
    setBusy(deed);
    setTried(null);
    const said = await work();
    setBusy(null);
    if (said.ok) onIn(said.value);
    else setTried({ deed, refusal: said.refusal });
  };
  return { busy, tried, attempt };
}

function Refused({ tried }: { tried: Tried | null }) {
  const sentence = useSentence();
  return (
    <div role="alert">
      {tried && <p className="note warn">{sentence(tried.deed, tried.refusal)}</p>}
    </div>
  );
}

interface NameProps {
  readonly value: string;
  readonly fault: boolean;
  readonly fresh?: boolean;
  onChange(name: string): void;
}

function NameField({ value, fault, fresh = false, onChange }: NameProps) {
  const t = useT();
  return (
    <TextField className="field" name="username" {...{ value, onChange }} isInvalid={fault}>
      <Label>{t('account.name')}</Label>
      <Input autoComplete="username" autoCapitalize="none" spellCheck="false" maxLength={64} />
      {fresh && !fault && (
        <Text slot="description" className="note-s">
          {t('account.name.hint')}
        </Text>
      )}
      <FieldError className="problem">{t('account.fault.name')}</FieldError>
    </TextField>
  );
}

interface PasswordProps {
  readonly label: string;
  readonly value: string;
  readonly fault: Fault | null;
  readonly fresh?: boolean;
  onChange(password: string): void;
}

export function PasswordField({ label, value, fault, fresh = false, onChange }: PasswordProps) {
  const t = useT();
  return (
    <TextField
      className="field"
      type="password"
      {...{ value, onChange }}
      isInvalid={fault !== null}
    >
      <Label>{label}</Label>
      <Input autoComplete={fresh ? 'new-password' : 'current-password'} maxLength={256} />
      {fresh && fault === null && (
        <Text slot="description" className="note-s">
          {t('account.password.hint')}
        </Text>
      )}
      <FieldError className="problem">{fault && t(`account.fault.${fault}`)}</FieldError>
    </TextField>
  );
}

interface InProps {
  onIn(who: Who): void;
}

/** Asked for before anything else may be: its answer comes with a cookie that passkeys use too. */
function Provider({ onKnown }: { onKnown(): void }) {
  const t = useT();
  const [there, setThere] = useState(false);
  useEffect(() => {
    let here = true;
    void hasProvider().then((yes) => {
      if (!here) return;
      setThere(yes);
      onKnown();
    });
    return () => {
      here = false;
    };
  }, [onKnown]);
  if (!there) return null;
  const go = () => {
    awaitReturn();
    location.assign(PROVIDER_START);
  };
  return (
    <Button className="btn quiet wide" onPress={go}>
      <Building2 size={18} aria-hidden="true" />
      {t('account.provider')}
    </Button>
  );
}

function SignIn({ onIn }: InProps) {
  const t = useT();
  const { busy, tried, attempt } = useAttempt(onIn);
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [fault, setFault] = useState(false);
  const [ready, setReady] = useState(false);
  const [known] = useState(() => () => setReady(true));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const wrong = nameFault(name.trim()) !== null;
    setFault(wrong);
    if (!wrong) void attempt('sign_in', () => signIn(name.trim(), password, device()));
  };
  return (
    <>
      {canPasskeys() && (
        <Button
          className="btn key wide"
          isDisabled={!ready}
          data-busy={busy === 'passkey_in'}
          onPress={() => void attempt('passkey_in', () => signInByPasskey(device()))}
        >
          <KeyRound size={18} aria-hidden="true" />
          {t('account.in.passkey')}
        </Button>
      )}
      <Provider onKnown={known} />
      <div className="or">
        <span>{t('home.or')}</span>
      </div>
      <form className="account-form" onSubmit={submit} noValidate>
        <NameField value={name} fault={fault} onChange={setName} />
        <PasswordField
          label={t('account.password')}
          value={password}
          fault={null}
          onChange={setPassword}
        />
        <Button
          className="btn wide"
          type="submit"
          data-busy={busy === 'sign_in'}
          isDisabled={password === ''}
        >
          {t('account.in')}
        </Button>
      </form>
      <Refused tried={tried} />
    </>
  );
}

function SignUp({ onIn }: InProps) {
  const t = useT();
  const { busy, tried, attempt } = useAttempt(onIn);
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [byPassword, setByPassword] = useState(!canPasskeys());
  const [fault, setFault] = useState<Fault | null>(null);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const own = name.trim();
    const found = nameFault(own) ?? (byPassword ? passwordFault(own, password) : null);
    setFault(found);
    if (found) return;
    void attempt('sign_up', () =>
      byPassword ? signUp(own, password, device()) : signUpByPasskey(own, device()),
    );
  };
  return (
    <form className="account-form" onSubmit={submit} noValidate>
      <NameField value={name} fault={fault === 'name'} fresh onChange={setName} />
      {byPassword && (
        <PasswordField
          label={t('account.password')}
          value={password}
          fault={fault === 'name' ? null : fault}
          fresh
          onChange={setPassword}
        />
      )}
      <Button className="btn key wide" type="submit" data-busy={busy === 'sign_up'}>
        {!byPassword && <KeyRound size={18} aria-hidden="true" />}
        {t(byPassword ? 'account.up.password' : 'account.up.passkey')}
      </Button>
      {!byPassword && <p className="note-s">{t('account.passkey.what')}</p>}
      {canPasskeys() && (
        <Button className="linkish" onPress={() => setByPassword(!byPassword)}>
          {t(byPassword ? 'account.up.passkey.instead' : 'account.up.password.instead')}
        </Button>
      )}
      <Refused tried={tried} />
    </form>
  );
}

/** Whoever was in is out now: by their own hand or because the session is over; or with the account. */
export type Ended = 'ended' | 'gone' | null;

interface EnterProps extends InProps {
  readonly ended: Ended;
  /** Why signing in elsewhere came to nothing. */
  readonly back: Refusal | null;
  /** An organisation's invitation waits for whoever signs in. */
  readonly invited: boolean;
}

export function AccountEnter({ ended, back, invited, onIn }: EnterProps) {
  const t = useT();
  const sentence = useSentence();
  const [fresh, setFresh] = useState(false);
  const [moved, setMoved] = useState(false);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (ended || moved) heading.current?.focus();
  }, [ended, moved, fresh]);
  const turn = (to: boolean): ReactNode => (
    <Button
      className="linkish"
      onPress={() => {
        setFresh(to);
        setMoved(true);
      }}
    >
      {t(to ? 'account.up.open' : 'account.in.open')}
    </Button>
  );
  return (
    <main className="account-enter">
      <h1 ref={heading} tabIndex={-1}>
        {t(fresh ? 'account.up.title' : 'account.in.title')}
      </h1>
      <p className="lead">{t(fresh ? 'account.up.lead' : 'account.in.lead')}</p>
      <div className="card">
        {ended && !moved && (
          <p role="status" className="note plain">
            {t(`account.${ended}`)}
          </p>
        )}
        {back && !ended && !moved && (
          <p role="alert" className="note warn">
            {sentence('sign_on', back)}
          </p>
        )}
        {invited && !ended && <p className="note plain">{t('account.in.invited')}</p>}
        {fresh ? <SignUp onIn={onIn} /> : <SignIn onIn={onIn} />}
        <p className="account-turn">{turn(!fresh)}</p>
      </div>
    </main>
  );
}

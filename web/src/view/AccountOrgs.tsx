/*
 * What it is: the organisations that one is in: leaving one, and joining one by its invitation.
 */
import { Building2, ChartColumn, MapPin, Ticket, UsersRound } from 'lucide-react';
import { Suspense, lazy, useState } from 'react';
import type { FormEvent } from 'react';
import { Button, FieldError, Input, Label, Text, TextField } from 'react-aria-components';
import { join, leave } from '../account/calls';
import { invitationIn } from '../account/rules';
import { Part } from './AccountOwn';
import type { Desk, Rows } from './AccountOwn';
import { Sure } from './AccountSure';
import { useT } from './i18n';

const OrgPeople = lazy(() => import('./OrgPeople').then((m) => ({ default: m.OrgPeople })));
const Places = lazy(() => import('./Places').then((m) => ({ default: m.Places })));
const OrgUsage = lazy(() => import('./OrgUsage').then((m) => ({ default: m.OrgUsage })));

const HEADING = 'account-orgs';

function focusHeading(): void {
  document.getElementById(HEADING)?.focus();
}

type Shown = 'people' | 'usage' | 'places';

function Row({ name, desk }: { name: string; desk: Desk }) {
  const t = useT();
  const go = async () => {
    const done = await desk.act({ deed: 'leave', done: 'left', work: () => leave(name) });
    if (done) focusHeading();
    return done;
  };
  const [open, setOpen] = useState<Shown | null>(null);
  const toggle = (which: Shown) => setOpen(open === which ? null : which);
  const id = `org-${name}`;
  return (
    <li className="account-row">
      <Building2 size={20} aria-hidden="true" />
      <span>
        <b id={id}>{name}</b>
      </span>
      <Button
        className="btn quiet"
        aria-describedby={id}
        aria-expanded={open === 'people'}
        onPress={() => toggle('people')}
      >
        <UsersRound size={18} aria-hidden="true" />
        {t('org.people')}
      </Button>
      <Button
        className="btn quiet"
        aria-describedby={id}
        aria-expanded={open === 'usage'}
        onPress={() => toggle('usage')}
      >
        <ChartColumn size={18} aria-hidden="true" />
        {t('usage.open')}
      </Button>
      <Button
        className="btn quiet"
        aria-describedby={id}
        aria-expanded={open === 'places'}
        onPress={() => toggle('places')}
      >
        <MapPin size={18} aria-hidden="true" />
        {t('places.open')}
      </Button>
      <Sure
        about={id}
        ask={t('account.orgs.leave')}
        sure={t('account.orgs.leave.sure')}
        keep={t('account.cancel')}
        act={go}
      />
      {open && (
        <Suspense fallback={null}>
          {open === 'people' && <OrgPeople name={name} />}
          {open === 'usage' && <OrgUsage name={name} />}
          {open === 'places' && <Places org={name} />}
        </Suspense>
      )}
    </li>
  );
}

interface FormProps {
  readonly given: string;
  readonly desk: Desk;
  onClose(): void;
}

function JoinForm({ given, desk, onClose }: FormProps) {
  const t = useT();
  const [text, setText] = useState(given);
  const [fault, setFault] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const invitation = invitationIn(text);
    setFault(invitation === null);
    if (invitation === null) return;
    const work = () => join(invitation);
    if (await desk.act({ deed: 'join', done: 'joined', work })) onClose();
  };
  return (
    <form className="account-form" onSubmit={(event) => void submit(event)} noValidate>
      <TextField className="field" value={text} onChange={setText} isInvalid={fault} autoFocus>
        <Label>{t('account.orgs.invitation')}</Label>
        <Input autoComplete="off" spellCheck={false} />
        <Text slot="description" className="note-s">
          {t('account.orgs.invitation.hint')}
        </Text>
        <FieldError className="problem">{t('account.fault.invitation')}</FieldError>
      </TextField>
      <span className="account-acts">
        <Button
          className="btn key"
          type="submit"
          data-busy={desk.busy}
          isDisabled={text.trim() === ''}
        >
          {t('account.orgs.join')}
        </Button>
        <Button className="btn quiet" onPress={onClose}>
          {t('account.cancel')}
        </Button>
      </span>
    </form>
  );
}

interface OrgsProps {
  /** An invitation that the address brought, or "". */
  readonly given: string;
  readonly desk: Desk;
  readonly rows: Rows;
}

export function OrgsPart({ given, desk, rows }: OrgsProps) {
  const t = useT();
  const [open, setOpen] = useState(given !== '');
  const { names, more } = rows.memberships;
  const close = () => {
    setOpen(false);
    focusHeading();
  };
  return (
    <Part id={HEADING} title={t('account.orgs')} text={t('account.orgs.text')}>
      {names.length === 0 ? (
        <p>{t('account.orgs.none')}</p>
      ) : (
        <ul className="account-rows">
          {names.map((name) => (
            <Row key={name} name={name} desk={desk} />
          ))}
        </ul>
      )}
      {more && <p className="note-s">{t('account.orgs.more')}</p>}
      {open ? (
        <JoinForm given={given} desk={desk} onClose={close} />
      ) : (
        <Button className="btn" onPress={() => setOpen(true)}>
          <Ticket size={18} aria-hidden="true" />
          {t('account.orgs.open')}
        </Button>
      )}
    </Part>
  );
}

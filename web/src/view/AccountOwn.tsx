/*
 * What it is: what is in one's account: ways to sign in, sessions, one's data.
 */
import { Download, KeyRound, LockKeyhole, MapPin, MonitorSmartphone, Plus } from 'lucide-react';
import { Suspense, lazy, useCallback, useEffect, useRef, useState } from 'react';
import type { FormEvent, ReactNode } from 'react';
import { Button } from 'react-aria-components';
import {
  askPiece,
  dropPasskey,
  endOthers,
  endSession,
  memberships as askMemberships,
  sessions as askSessions,
  setPassword,
  signOut,
  ways as askWays,
} from '../account/calls';
import type { Memberships, Outcome, Passkey, Refusal, Session, Ways, Who } from '../account/calls';
import { ownDevices } from '../account/devices';
import type { Devices } from '../account/devices';
import { exportOwn } from '../account/export';
import { addPasskey, canPasskeys } from '../account/passkeys';
import { deviceOf, passwordFault } from '../account/rules';
import type { Fault } from '../account/rules';
import { DeletePart } from './AccountDelete';
import { DevicesPart } from './AccountDevices';
import { PasswordField } from './AccountEnter';
import { OrgsPart } from './AccountOrgs';
import { Sure } from './AccountSure';
import { useDay, useSentence } from './account';
import type { Deed } from './account';
import { useT } from './i18n';
import { saveFile } from './save';

type Done =
  | 'passkey'
  | 'dropped'
  | 'password'
  | 'ended'
  | 'others'
  | 'saved'
  | 'deleted'
  | 'joined'
  | 'left'
  | 'device'
  | 'undevice';

interface Act {
  readonly deed: Deed;
  readonly done: Done;
  work(): Promise<Outcome<unknown>>;
}

export interface Rows {
  readonly ways: Ways;
  readonly sessions: readonly Session[];
  readonly memberships: Memberships;
  readonly devices: Devices;
}

export interface Desk {
  readonly rows: Rows | null;
  readonly busy: boolean;
  readonly done: Done | null;
  readonly refusal: { readonly deed: Deed; readonly refusal: Refusal } | null;
  /** Whether it was done. */
  act(act: Act): Promise<boolean>;
  say(done: Done): void;
  /** Asks for the lists again. */
  again(): void;
}

/** The lists, and one deed at a time; after each the lists are asked for anew. */
function useDesk(onOut: () => void): Desk {
  const [rows, setRows] = useState<Rows | null>(null);
  const [busy, setBusy] = useState(false);
  const [done, setDone] = useState<Done | null>(null);
  const [refusal, setRefusal] = useState<Desk['refusal']>(null);
  const fail = useCallback(
    (deed: Deed, one: Refusal) => {
      if (one.why === 'signed_out') onOut();
      else setRefusal({ deed, refusal: one });
    },
    [onOut],
  );
  const load = useCallback(async () => {
    const [ways, sessions, orgs, devices] = await Promise.all([
      askWays(),
      askSessions(),
      askMemberships(),
      ownDevices(),
    ]);
    if (!ways.ok) fail('look', ways.refusal);
    else if (!sessions.ok) fail('look', sessions.refusal);
    else if (!orgs.ok) fail('look', orgs.refusal);
    else if (!devices.ok) fail('look', devices.refusal);
    else
      setRows({
        ways: ways.value,
        sessions: sessions.value,
        memberships: orgs.value,
        devices: devices.value,
      });
  }, [fail]);
  useEffect(() => void load(), [load]);
  const act = async ({ deed, done: which, work }: Act) => {
    if (busy) return false;
    setBusy(true);
    setDone(null);
    setRefusal(null);
    const said = await work();
    if (said.ok) await load();
    setBusy(false);
    if (said.ok) setDone(which);
    else fail(deed, said.refusal);
    return said.ok;
  };
  const again = () => {
    setRefusal(null);
    void load();
  };
  return { rows, busy, done, refusal, act, say: setDone, again };
}

interface PartProps {
  readonly id: string;
  readonly title: string;
  readonly text: string;
  readonly children: ReactNode;
}

export function Part({ id, title, text, children }: PartProps) {
  return (
    <section className="card account-part" aria-labelledby={id}>
      <h2 id={id} tabIndex={-1}>
        {title}
      </h2>
      <p className="note-s">{text}</p>
      {children}
    </section>
  );
}

/** The row that had the focus may be gone: its part's heading has it then. */
function focusPart(id: string): void {
  document.getElementById(id)?.focus();
}

function PasskeyRow({ one, desk }: { one: Passkey; desk: Desk }) {
  const t = useT();
  const day = useDay();
  const drop = async () => {
    const work = () => dropPasskey(one.id);
    const done = await desk.act({ deed: 'passkey', done: 'dropped', work });
    if (done) focusPart('account-ways');
    return done;
  };
  const id = `passkey-${one.id}`;
  return (
    <li className="account-row">
      <KeyRound size={20} aria-hidden="true" />
      <span>
        <b id={id}>{one.label || t('account.passkey.unnamed')}</b>
        <small>{t('account.passkey.days', { made: day(one.created), used: day(one.used) })}</small>
      </span>
      <Sure
        about={id}
        ask={t('account.passkey.drop')}
        sure={t('account.passkey.drop.sure')}
        keep={t('account.keep')}
        act={drop}
      />
    </li>
  );
}

interface PasswordFormProps {
  readonly name: string;
  readonly has: boolean;
  readonly desk: Desk;
  onClose(): void;
}

function PasswordForm({ name, has, desk, onClose }: PasswordFormProps) {
  const t = useT();
  const [old, setOld] = useState('');
  const [fresh, setFresh] = useState('');
  const [fault, setFault] = useState<Fault | null>(null);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const found = passwordFault(name, fresh);
    setFault(found);
    if (found) return;
    const work = () => setPassword(has ? old : '', fresh);
    if (await desk.act({ deed: 'password', done: 'password', work })) onClose();
  };
  return (
    <form className="account-form" onSubmit={(event) => void submit(event)} noValidate>
      {/* For password managers, which keep a password by its name. */}
      <input className="sr" autoComplete="username" readOnly hidden value={name} />
      {has && (
        <PasswordField
          label={t('account.password.old')}
          value={old}
          fault={null}
          onChange={setOld}
        />
      )}
      <PasswordField
        label={t('account.password.new')}
        value={fresh}
        fault={fault}
        fresh
        onChange={setFresh}
      />
      <p className="note-s">{t('account.password.ends')}</p>
      <span className="account-acts">
        <Button className="btn key" type="submit" data-busy={desk.busy}>
          {t('account.password.save')}
        </Button>
        <Button className="btn quiet" onPress={onClose}>
          {t('account.cancel')}
        </Button>
      </span>
    </form>
  );
}

function WaysPart({ name, desk, rows }: { name: string; desk: Desk; rows: Rows }) {
  const t = useT();
  const [open, setOpen] = useState(false);
  const { passkeys, password } = rows.ways;
  const add = () => addPasskey(name, deviceOf(navigator.userAgent));
  const close = () => {
    setOpen(false);
    focusPart('account-ways');
  };
  return (
    <Part id="account-ways" title={t('account.ways')} text={t('account.ways.text')}>
      <ul className="account-rows">
        {passkeys.map((one) => (
          <PasskeyRow key={one.id} one={one} desk={desk} />
        ))}
        <li className="account-row">
          <LockKeyhole size={20} aria-hidden="true" />
          <span>
            <b id="account-password">{t('account.password')}</b>
            <small>{t(password ? 'account.password.is' : 'account.password.none')}</small>
          </span>
          {!open && (
            <Button
              className="btn quiet"
              aria-describedby="account-password"
              onPress={() => setOpen(true)}
            >
              {t(password ? 'account.password.change' : 'account.password.set')}
            </Button>
          )}
        </li>
      </ul>
      {open && <PasswordForm name={name} has={password} desk={desk} onClose={close} />}
      {canPasskeys() && !open && (
        <Button
          className="btn"
          data-busy={desk.busy}
          onPress={() => void desk.act({ deed: 'passkey', done: 'passkey', work: add })}
        >
          <Plus size={18} aria-hidden="true" />
          {t('account.passkey.add')}
        </Button>
      )}
    </Part>
  );
}

function SessionRow({ one, desk }: { one: Session; desk: Desk }) {
  const t = useT();
  const day = useDay();
  const end = async () => {
    const work = () => endSession(one.id);
    if (await desk.act({ deed: 'look', done: 'ended', work })) focusPart('account-sessions');
  };
  const id = `session-${one.id}`;
  return (
    <li className="account-row">
      <MonitorSmartphone size={20} aria-hidden="true" />
      <span>
        <b id={id}>{one.device || t('account.session.unnamed')}</b>
        <small>
          {t(`account.means.${one.means}`)} {t('account.session.used', { used: day(one.used) })}
        </small>
      </span>
      {one.own ? (
        <em>{t('account.session.this')}</em>
      ) : (
        <Button className="btn quiet" aria-describedby={id} onPress={() => void end()}>
          {t('account.session.end')}
        </Button>
      )}
    </li>
  );
}

function SessionsPart({ desk, rows }: { desk: Desk; rows: Rows }) {
  const t = useT();
  const others = async () => {
    if (await desk.act({ deed: 'look', done: 'others', work: endOthers }))
      focusPart('account-sessions');
  };
  const sorted = rows.sessions.toSorted((a, b) => Number(b.own) - Number(a.own) || b.used - a.used);
  return (
    <Part id="account-sessions" title={t('account.sessions')} text={t('account.sessions.text')}>
      <ul className="account-rows">
        {sorted.map((one) => (
          <SessionRow key={one.id} one={one} desk={desk} />
        ))}
      </ul>
      {sorted.length > 1 && (
        <Button className="btn" data-busy={desk.busy} onPress={() => void others()}>
          {t('account.sessions.others')}
        </Button>
      )}
    </Part>
  );
}

function DataPart({ desk }: { desk: Desk }) {
  const t = useT();
  const work = async () => {
    const said = await exportOwn(askPiece);
    if (said.ok) saveFile('conclave-account.json', said.value.buffer);
    return said;
  };
  const save = () => void desk.act({ deed: 'look', done: 'saved', work });
  return (
    <Part id="account-data" title={t('account.data')} text={t('account.data.text')}>
      <Button className="btn" data-busy={desk.busy} onPress={save}>
        <Download size={18} aria-hidden="true" />
        {t('account.data.save')}
      </Button>
      <p className="note-s">{t('account.data.rest')}</p>
    </Part>
  );
}

const Places = lazy(() => import('./Places').then((m) => ({ default: m.Places })));

/** Loaded when it is opened: the list and the map weigh more than the rest of the page. */
function PlacesPart() {
  const t = useT();
  const [open, setOpen] = useState(false);
  return (
    <Part id="account-places" title={t('places.title')} text={t('places.text')}>
      <Button className="btn" aria-expanded={open} onPress={() => setOpen(!open)}>
        <MapPin size={18} aria-hidden="true" />
        {t('places.open')}
      </Button>
      {open && (
        <Suspense fallback={null}>
          <Places org="" />
        </Suspense>
      )}
    </Part>
  );
}

/** What was done last, or was not; over the lists, and said aloud. */
function News({ desk }: { desk: Desk }) {
  const t = useT();
  const sentence = useSentence();
  const { done, refusal } = desk;
  return (
    <div className="account-news">
      <div role="status">{done && <p className="note plain">{t(`account.done.${done}`)}</p>}</div>
      <div role="alert">
        {refusal && <p className="note warn">{sentence(refusal.deed, refusal.refusal)}</p>}
      </div>
    </div>
  );
}

interface OwnProps {
  readonly who: Who;
  /** Just signed in: the focus was on what is gone now. */
  readonly fresh: boolean;
  /** An invitation that the address brought, or "". */
  readonly invitation: string;
  onOut(): void;
  /** The account is deleted. */
  onGone(): void;
}

export function AccountOwn({ who, fresh, invitation, onOut, onGone }: OwnProps) {
  const t = useT();
  const day = useDay();
  const desk = useDesk(onOut);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (fresh) heading.current?.focus();
  }, [fresh]);
  /* That nobody is signed in any more is what the lists say then. */
  const leave = () => desk.act({ deed: 'look', done: 'ended', work: signOut });
  const { rows } = desk;
  return (
    <main className="account-own" aria-busy={rows === null}>
      <div className="account-head">
        <div>
          <h1 ref={heading} tabIndex={-1}>
            {who.name}
          </h1>
          {who.created > 0 && (
            <p className="note-s">{t('account.since', { day: day(who.created) })}</p>
          )}
        </div>
        <Button className="btn quiet" data-busy={desk.busy} onPress={() => void leave()}>
          {t('account.out')}
        </Button>
      </div>
      <News desk={desk} />
      {!rows && desk.refusal && (
        <Button className="btn key" onPress={desk.again}>
          {t('account.again')}
        </Button>
      )}
      {rows && (
        <>
          <WaysPart name={who.name} desk={desk} rows={rows} />
          <SessionsPart desk={desk} rows={rows} />
          <DevicesPart name={who.name} desk={desk} rows={rows} />
          <OrgsPart given={invitation} desk={desk} rows={rows} />
          <PlacesPart />
          <DataPart desk={desk} />
          <DeletePart name={who.name} desk={desk} rows={rows} onGone={onGone} />
        </>
      )}
    </main>
  );
}

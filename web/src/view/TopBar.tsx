/*
 * What it is: the line above the stage: state, duration, link, and what is wrong.
 */
import {
  CircleDot,
  DoorClosedLocked,
  Hand,
  Link2,
  LoaderCircle,
  LockKeyhole,
  LockKeyholeOpen,
  MonitorUp,
  ShieldAlert,
  VolumeX,
} from 'lucide-react';
import type { LucideIcon } from 'lucide-react';
import { useEffect, useState } from 'react';
import { Button } from 'react-aria-components';
import { linkName, linkUser } from '../call/links';
import { countOf, nameOf } from '../call/roster';
import { isLocked, isSuspended } from '../call/rules';
import { sentences } from '../call/sealing';
import type { Tone } from '../call/sealing';
import type { State } from '../call/state';
import { usePart, useTell } from './call';
import { useCopy } from './copy';
import { useT } from './i18n';
import { useKeptFocus } from './kept';
import { startSound } from './Sound';

function duration(since: number): string {
  const seconds = Math.max(0, Math.floor((Date.now() - since) / 1_000));
  const two = (n: number) => String(n).padStart(2, '0');
  const hours = Math.floor(seconds / 3_600);
  const rest = `${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return hours > 0 ? `${hours}:${rest}` : rest;
}

function Clock() {
  const t = useT();
  const since = usePart((state) => state.since);
  const [time, setTime] = useState(() => duration(since));
  useEffect(() => {
    const timer = setInterval(() => setTime(duration(since)), 1_000);
    return () => clearInterval(timer);
  }, [since]);
  return (
    <span className="clock" title={t('top.time', { time })}>
      {time}
    </span>
  );
}

const BADGES: Record<Tone, LucideIcon> = {
  safe: LockKeyhole,
  busy: LockKeyholeOpen,
  stop: ShieldAlert,
};

/** The lock. Its words and its colour come from sentences() alone. */
function Badge() {
  const t = useT();
  const tell = useTell();
  const state = usePart((whole) => whole);
  const { tone, badge } = sentences(state.sealing);
  const Icon = BADGES[tone];
  const open = state.panel === 'security';
  return (
    <Button
      className="pill badge"
      data-tone={tone}
      aria-expanded={open}
      onPress={() => tell({ t: 'open_panel', panel: open ? null : 'security' })}
    >
      <Icon size={15} strokeWidth={2.3} aria-hidden="true" />
      <span>
        {t(badge)}
        {tone === 'safe' && (
          <span className="badge-count"> · {t('top.count', { count: countOf(state) })}</span>
        )}
      </span>
    </Button>
  );
}

/** Who records, by the server's word or by their own; null is me. */
function recorders({ protection, consent, me, members }: State): Set<string | null> {
  const said = protection.recording.map((member) =>
    member === me?.member
      ? null
      : (members.find((one) => one.member === member)?.participant ?? ''),
  );
  const own = consent.phase === 'on' ? [null] : [];
  return new Set([...own, ...said, ...consent.asked.map((one) => one.by)]);
}

/** Steady for as long as somebody records; it names everybody who does, and opens one's own choice. */
function Recording() {
  const t = useT();
  const tell = useTell();
  const state = usePart((whole) => whole);
  const { around } = useKeptFocus<HTMLSpanElement>();
  const names = [...recorders(state)].map((one) =>
    one === null ? t('chat.you') : nameOf(state, one) || t('someone'),
  );
  return (
    <span role="status" className="recording-mark" ref={around}>
      {names.length > 0 && (
        <Button
          className="pill recording"
          onPress={() => tell({ t: 'show_recording', shown: true })}
        >
          <CircleDot size={15} aria-hidden="true" />
          <span>{t('top.recording', { names: names.join(', ') })}</span>
        </Button>
      )}
    </span>
  );
}

export function TopBar() {
  const t = useT();
  const copy = useCopy();
  const locked = usePart(isLocked);
  return (
    <header className="topbar">
      <Badge />
      {locked && (
        <span className="clock locked">
          <DoorClosedLocked size={15} aria-hidden="true" />
          {t('top.locked')}
        </span>
      )}
      <Recording />
      <Clock />
      <span className="spring" />
      <Button className="pill" aria-label={t('more.copy')} onPress={() => copy('guest')}>
        <Link2 size={16} aria-hidden="true" />
        <span className="wide-only">{t('more.copy')}</span>
      </Button>
    </header>
  );
}

/** To hosts: what looks like an attack, and the nearest remedy. */
export function RiskBar() {
  return (
    <div role="status">
      <Risk />
    </div>
  );
}

function Risk() {
  const t = useT();
  const tell = useTell();
  const state = usePart((whole) => whole);
  const { risk } = state.protection;
  if (!risk) return null;
  const { cause, count, link = 0 } = risk;
  const label = linkName(state, link) || t('links.number', { number: link });
  const name = linkUser(state, link) ?? t('someone');
  return (
    <div className="riskbar" data-risk={cause}>
      <ShieldAlert size={18} aria-hidden="true" />
      <p>{t(`risk.${cause}`, { count, label, name })}</p>
      {!isLocked(state) && (
        <Button
          className="pill"
          onPress={() => tell({ t: 'set_setting', change: { locked: true } })}
        >
          {t('security.lock')}
        </Button>
      )}
      <Button className="pill" onPress={() => tell({ t: 'close_risk' })}>
        {t('risk.close')}
      </Button>
    </div>
  );
}

function WireBanner() {
  const t = useT();
  const tell = useTell();
  const attempt = usePart((state) => state.wire.attempt);
  const waiting = usePart((state) => state.wire.phase === 'waiting');
  return (
    <div className="banner" data-tone="warn">
      <LoaderCircle size={17} className="spin" aria-hidden="true" />
      <span>{t(attempt > 4 ? 'banner.lost.long' : 'banner.lost')}</span>
      {attempt > 1 && (
        <Button className="pill" isDisabled={!waiting} onPress={() => tell({ t: 'try_now' })}>
          {t('banner.try')}
        </Button>
      )}
    </div>
  );
}

export function Banners() {
  const t = useT();
  const tell = useTell();
  const live = usePart((state) => state.wire.phase === 'live');
  const { tone, text } = sentences(usePart((state) => state.sealing));
  const repairing = usePart((state) => state.health === 'repairing');
  const blocked = usePart((state) => state.soundBlocked);
  const suspended = usePart(isSuspended);
  const by = usePart((state) => state.protection.suspendedBy);
  const sharing = usePart((state) => state.own.screen.phase === 'on');
  const unblock = () => void startSound().then((ok) => tell({ t: 'sound_blocked', blocked: !ok }));
  return (
    <div className="banners">
      <div role="status" className="banners-live">
        {!live && <WireBanner />}
        {live && tone === 'busy' && <p className="banner late">{t(text)}</p>}
        {live && repairing && (
          <div className="banner" data-tone="warn">
            <LoaderCircle size={17} className="spin" aria-hidden="true" />
            <span>{t('banner.media')}</span>
          </div>
        )}
        {suspended && (
          <p className="banner">
            <Hand size={17} aria-hidden="true" />
            <span>{t('banner.suspended', { name: by || t('a_host') })}</span>
          </p>
        )}
        {blocked && (
          <div className="banner" data-tone="warn">
            <VolumeX size={17} aria-hidden="true" />
            <span>{t('banner.sound')}</span>
            <Button className="pill" onPress={unblock}>
              {t('banner.sound.on')}
            </Button>
          </div>
        )}
        {sharing && (
          <div className="banner">
            <MonitorUp size={17} aria-hidden="true" />
            <span>{t('stage.sharing')}</span>
          </div>
        )}
      </div>
    </div>
  );
}

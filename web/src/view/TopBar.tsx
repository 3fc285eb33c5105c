/*
 * What it is: the line above the stage: state, duration, link, and what is wrong.
 */
import {
  DoorClosedLocked,
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
import { countOf } from '../call/roster';
import { sentences } from '../call/sealing';
import type { Tone } from '../call/sealing';
import { usePart, useTell } from './call';
import { useCopy } from './copy';
import { useT } from './i18n';
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

export function TopBar() {
  const t = useT();
  const copy = useCopy();
  const locked = usePart((state) => state.sealing.locked);
  return (
    <header className="topbar">
      <Badge />
      {locked && (
        <span className="clock locked">
          <DoorClosedLocked size={15} aria-hidden="true" />
          {t('top.locked')}
        </span>
      )}
      <Clock />
      <span className="spring" />
      <Button className="pill" aria-label={t('more.copy')} onPress={() => copy('guest')}>
        <Link2 size={16} aria-hidden="true" />
        <span className="wide-only">{t('more.copy')}</span>
      </Button>
    </header>
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

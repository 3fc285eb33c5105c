/*
 * What it is: pre-join: preview, devices, name, and what this meeting protects.
 * Camera and microphone are off until the person turns them on here.
 */
import {
  Copy,
  Eye,
  MousePointerClick,
  KeyRound,
  Mic,
  MicOff,
  Video as VideoIcon,
  VideoOff,
} from 'lucide-react';
import { useEffect, useRef } from 'react';
import type { FormEvent } from 'react';
import { Button, FieldError, Input, Label, Text, TextField } from 'react-aria-components';
import { guestLink } from '../call/link';
import { NAME_MAX } from '../call/text';
import { watchLevel } from '../media/meter';
import { Avatar, hueOf } from './Avatar';
import { PageTop } from './Brand';
import { usePart, useTell, useTrack } from './call';
import { useCopy } from './copy';
import { DeviceChoice } from './Devices';
import { useT } from './i18n';
import { Video } from './Video';
import './door.css';

const BARS = [0.15, 0.35, 0.55, 0.75, 0.92];

function Meter() {
  const t = useT();
  const track = useTrack('own:mic');
  const on = usePart((state) => state.own.mic.phase) === 'on';
  const ref = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!track || !on) return;
    let told = 0;
    return watchLevel(track, (level) => {
      const meter = ref.current;
      if (!meter) return;
      meter.style.setProperty('--level', level.toFixed(2));
      if (Math.abs(level - told) < 0.1) return;
      told = level;
      meter.setAttribute('aria-valuenow', String(Math.round(level * 100)));
    });
  }, [track, on]);
  return (
    <div
      className="meter"
      data-on={on}
      ref={ref}
      role="meter"
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={0}
      aria-label={t(on ? 'door.level' : 'door.level.off')}
    >
      {BARS.map((bar) => (
        <i key={bar} style={{ '--at': bar } as React.CSSProperties} />
      ))}
    </div>
  );
}

function Preview() {
  const t = useT();
  const tell = useTell();
  const own = usePart((state) => state.own);
  const name = usePart((state) => state.name);
  const track = useTrack('own:camera');
  const micOn = own.mic.phase === 'on';
  const cameraOn = own.camera.phase === 'on';
  return (
    <section className="preview" data-hue={hueOf(name)} aria-label={t('door.preview')}>
      <Video track={track} shown={cameraOn} mirrored />
      {!cameraOn && (
        <div className="preview-off">
          <Avatar name={name} />
          <p>{t('door.preview.off')}</p>
        </div>
      )}
      <Meter />
      <div className="preview-bar">
        <Button
          className="round"
          data-off={!micOn}
          data-busy={own.mic.phase === 'starting'}
          aria-label={t(micOn ? 'tool.mute' : 'tool.unmute')}
          onPress={() => tell({ t: 'toggle_mic' })}
        >
          {micOn ? <Mic /> : <MicOff />}
        </Button>
        <Button
          className="round"
          data-off={!cameraOn}
          data-busy={own.camera.phase === 'starting'}
          aria-label={t(cameraOn ? 'tool.video_off' : 'tool.video_on')}
          onPress={() => tell({ t: 'toggle_camera' })}
        >
          {cameraOn ? <VideoIcon /> : <VideoOff />}
        </Button>
      </div>
    </section>
  );
}

function Problems() {
  const t = useT();
  const own = usePart((state) => state.own);
  const found = (['mic', 'camera'] as const).filter((source) => own[source].problem !== null);
  return (
    <div role="alert" className="problems">
      {found.map((source) => (
        <p key={source} className="note warn">
          {t(`problem.${source}.${own[source].problem ?? 'failed'}`)}
        </p>
      ))}
    </div>
  );
}

function Invite() {
  const t = useT();
  const copy = useCopy();
  const link = usePart((state) => state.link);
  if (link?.hostSecret === undefined) return null;
  return (
    <section className="invite">
      <TextField className="field" isReadOnly value={guestLink(location.origin, link)}>
        <Label>{t('door.invite')}</Label>
        <div className="row">
          <Input
            className="react-aria-Input mono"
            onFocus={(event) => event.currentTarget.select()}
          />
          <Button className="btn" onPress={() => copy('guest')}>
            <Copy size={16} aria-hidden="true" />
            {t('door.copy')}
          </Button>
        </div>
      </TextField>
      <p className="note-s">
        {t('door.host_note')}{' '}
        <Button className="linkish" onPress={() => copy('host')}>
          {t('door.copy_host')}
        </Button>
      </p>
    </section>
  );
}

function Protects() {
  const t = useT();
  return (
    <section className="note plain protects" aria-labelledby="protects">
      <h2 id="protects">{t('door.protect.title')}</h2>
      <ul>
        <li>
          <KeyRound size={17} aria-hidden="true" />
          {t('door.protect.sealed')}
        </li>
        <li>
          <Eye size={17} aria-hidden="true" />
          {t('door.protect.seen')}
        </li>
        <li>
          <MousePointerClick size={17} aria-hidden="true" />
          {t('door.protect.gesture')}
        </li>
      </ul>
    </section>
  );
}

/** Asked for when the server wants one; the click that found out leads on to it. */
function PasscodeField() {
  const t = useT();
  const tell = useTell();
  const { asked, text, pause } = usePart((state) => state.passcode);
  const problem = usePart((state) => state.joinProblem);
  const field = useRef<HTMLInputElement>(null);
  const wrong = problem === 'passcode_wrong';
  useEffect(() => {
    if (asked) field.current?.focus();
  }, [asked]);
  if (!asked) return null;
  return (
    <TextField
      className="field"
      type="password"
      value={text}
      isInvalid={wrong}
      maxLength={64}
      onChange={(typed) => tell({ t: 'set_passcode', text: typed })}
    >
      <Label>{t('door.passcode')}</Label>
      <Input ref={field} autoComplete="off" />
      <Text slot="description" className="note-s">
        {t(pause ? 'door.passcode.pause' : 'door.passcode.text')}
      </Text>
    </TextField>
  );
}

function JoinForm() {
  const t = useT();
  const tell = useTell();
  const name = usePart((state) => state.name);
  const joining = usePart((state) => state.joining);
  const problem = usePart((state) => state.joinProblem);
  const pause = usePart((state) => state.passcode.pause);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    tell({ t: 'join' });
  };
  return (
    <form onSubmit={submit} noValidate>
      <TextField
        className="field"
        value={name}
        isInvalid={problem === 'name'}
        maxLength={NAME_MAX}
        onChange={(text) => tell({ t: 'set_name', name: text })}
      >
        <Label>{t('door.name')}</Label>
        <Input placeholder={t('door.name.hint')} autoComplete="name" />
        <FieldError className="problem">{t('door.name.missing')}</FieldError>
      </TextField>
      <PasscodeField />
      <Button className="btn key wide" type="submit" data-busy={joining || pause}>
        {t(joining ? 'door.joining' : 'door.join')}
      </Button>
      <div role="alert">
        {problem !== null && problem !== 'name' && (
          <p className="note warn">{t(`door.problem.${problem}`)}</p>
        )}
      </div>
    </form>
  );
}

export function Door() {
  const t = useT();
  const host = usePart((state) => state.link?.hostSecret !== undefined);
  return (
    <div className="light door">
      <PageTop />
      <main className="door-main">
        <div className="door-left">
          <Preview />
          <Problems />
          <DeviceChoice />
        </div>
        <div className="door-right">
          <h1>{t(host ? 'door.title.host' : 'door.title')}</h1>
          <JoinForm />
          <Invite />
          <Protects />
        </div>
      </main>
    </div>
  );
}

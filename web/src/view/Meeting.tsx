/*
 * What it is: the meeting: top line, stage, panel, controls.
 */
import { Suspense, lazy, useEffect } from 'react';
import { nameOf } from '../call/roster';
import type { State } from '../call/state';
import { usePart } from './call';
import { useT, withTexts } from './i18n';
import { toHeading } from './kept';
import { Panels } from './Panels';
import { RoomBar } from './RoomBar';
import { SealBanner } from './SealBanner';
import { Sound } from './Sound';
import { Stage } from './Stage';
import { REACTION_ICONS } from './Tile';
import { Toolbar } from './Toolbar';
import { Banners, RiskBar, TopBar } from './TopBar';
import { WaitingRoom } from './WaitingRoom';
import './meeting.css';
import './panel.css';

const Report = lazy(() => withTexts(import('./Report')).then((m) => ({ default: m.Report })));
const Recording = lazy(() =>
  withTexts(import('./Recording')).then((m) => ({ default: m.Recording })),
);
const Recorder = lazy(() => import('./Recorder').then((m) => ({ default: m.Recorder })));
const Whiteboard = lazy(() =>
  withTexts(import('./Whiteboard')).then((m) => ({ default: m.Whiteboard })),
);

/** Asked, or opened by one's own hand. */
function isRecordingShown({ consent }: State): boolean {
  return consent.shown || consent.asked.some((one) => one.answer === 'open');
}

/** Reactions are pictures on tiles; this says them aloud. */
function ReactionNews() {
  const t = useT();
  const state = usePart((whole) => whole);
  const last = state.reactions.at(-1);
  if (!last || !(last.emoji in REACTION_ICONS)) return <p role="status" className="sr" />;
  const name = last.from === null ? t('react.you') : nameOf(state, last.from);
  const what = t(`react.${last.emoji}`);
  return (
    <p role="status" className="sr">
      {t('react.shown', { name: name || t('someone'), what })}
    </p>
  );
}

export function Meeting() {
  const t = useT();
  const reporting = usePart((state) => state.protection.report !== null);
  const asked = usePart(isRecordingShown);
  const drawing = usePart((state) => state.drawing.shown);
  const recording = usePart((state) => state.consent.phase === 'on');
  useEffect(() => toHeading(), []);
  return (
    <main className="meeting">
      <h1 className="sr" tabIndex={-1}>
        {t('meeting.title')}
      </h1>
      <TopBar />
      <SealBanner />
      <RiskBar />
      <RoomBar />
      <Banners />
      <WaitingRoom />
      <div className="mid">
        <Suspense fallback={null}>{drawing && <Whiteboard />}</Suspense>
        <Stage />
        <Panels />
      </div>
      <Toolbar />
      <Sound />
      <ReactionNews />
      <Suspense fallback={null}>{reporting && <Report />}</Suspense>
      <Suspense fallback={null}>{asked && <Recording />}</Suspense>
      <Suspense fallback={null}>{recording && <Recorder />}</Suspense>
    </main>
  );
}

/*
 * What it is: the meeting: top line, stage, panel, controls.
 */
import { nameOf } from '../call/roster';
import { usePart } from './call';
import { useT } from './i18n';
import { Panels } from './Panels';
import { SealBanner } from './SealBanner';
import { useShortcuts } from './shortcuts';
import { Sound } from './Sound';
import { Stage } from './Stage';
import { REACTION_ICONS } from './Tile';
import { Toolbar } from './Toolbar';
import { Banners, TopBar } from './TopBar';
import { WaitingRoom } from './WaitingRoom';
import './meeting.css';
import './panel.css';

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
  useShortcuts();
  const t = useT();
  return (
    <main className="meeting">
      <h1 className="sr">{t('meeting.title')}</h1>
      <TopBar />
      <SealBanner />
      <Banners />
      <WaitingRoom />
      <div className="mid">
        <Stage />
        <Panels />
      </div>
      <Toolbar />
      <Sound />
      <ReactionNews />
    </main>
  );
}

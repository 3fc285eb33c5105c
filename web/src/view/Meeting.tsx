/*
 * What it is: the meeting: top line, stage, panel, controls.
 */
import { usePart } from './call';
import { useT } from './i18n';
import { Panels } from './Panels';
import { useShortcuts } from './shortcuts';
import { Sound } from './Sound';
import { Stage } from './Stage';
import { REACTION_ICONS } from './Tile';
import { Toolbar } from './Toolbar';
import { Banners, TopBar } from './TopBar';
import './meeting.css';
import './panel.css';

/** Reactions are pictures on tiles; this says them aloud. */
function ReactionNews() {
  const t = useT();
  const reactions = usePart((state) => state.reactions);
  const members = usePart((state) => state.members);
  const last = reactions.at(-1);
  if (!last || !(last.emoji in REACTION_ICONS)) return <p role="status" className="sr" />;
  const name =
    last.from === null ? t('react.you') : members.find((one) => one.member === last.from)?.name;
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
      <Banners />
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

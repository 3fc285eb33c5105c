/*
 * What it is: what is looked at: layout, panels, pinned tile, who speaks, toasts.
 */
import type { Steps } from './events';
import { freshLinks } from './hosting';
import { withNotice } from './notice';
import { memberOf } from './state';
import type { State } from './state';

type StageFact =
  | 'open_panel'
  | 'set_layout'
  | 'pin'
  | 'show_tiles'
  | 'close_toast'
  | 'notice'
  | 'speakers'
  | 'code_news';

/** Quieter than this (dB below full scale) is not speech. */
const SPEECH_DBOV = 60;
/** The big tile does not change hands more often than this. */
const SPEAKER_HOLD_MS = 1_500;

function sameShown(a: State['shown'], b: State['shown']): boolean {
  return (
    a.length === b.length &&
    a.every(
      (one, i) =>
        one.track === b[i]?.track &&
        one.width === b[i]?.width &&
        one.height === b[i]?.height &&
        one.large === b[i]?.large,
    )
  );
}

export const stageSteps: Steps<StageFact> = {
  open_panel: (state, { panel }) => [
    { ...state, panel, pair: null, unread: panel === 'chat' ? 0 : state.unread },
    panel === 'people' || panel === 'security' ? freshLinks(state) : [],
  ],
  /* Whoever is pinned stays so: the grid shows everybody alike, the other layouts show them large. */
  set_layout: (state, { layout }) => [{ ...state, layout }, []],
  pin: (state, { participant }) => {
    const layout = participant !== null && state.layout === 'grid' ? 'auto' : state.layout;
    return [{ ...state, pinned: participant, layout }, []];
  },
  show_tiles: (state, { shown }) => [
    sameShown(state.shown, shown) ? state : { ...state, shown },
    [],
  ],
  close_toast: (state, { id }) => [
    { ...state, toasts: state.toasts.filter((one) => one.id !== id) },
    [],
  ],
  code_news: (state, { news }) => [{ ...state, code: news }, []],
  notice: (state, { notice }) => withNotice(state, notice),
  speakers: (state, { levels, now }) => {
    const loud = levels
      .filter((one) => one.level <= SPEECH_DBOV)
      .toSorted((a, b) => a.level - b.level);
    const talking = loud.map((one) => one.member);
    const loudest = talking.find((one) => memberOf(state, one) !== undefined);
    const held = now - state.speakerSince < SPEAKER_HOLD_MS && memberOf(state, state.speaker);
    if (loudest === undefined || loudest === state.speaker || held)
      return [{ ...state, talking }, []];
    return [{ ...state, talking, speaker: loudest, speakerSince: now }, []];
  },
};

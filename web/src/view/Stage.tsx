/*
 * What it is: the stage: everybody's tiles, arranged for the space there is.
 * It tells the call which pictures are shown and how large, so that no others are sent to us.
 */
import { ChevronLeft, ChevronRight, Copy } from 'lucide-react';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { Button } from 'react-aria-components';
import type { Shown, State } from '../call/state';
import { usePart, useTell } from './call';
import { castOf, focusOf } from './cast';
import type { Actor } from './cast';
import { useCopy } from './copy';
import { useT } from './i18n';
import type { Translate } from './i18n';
import { arrange } from './layout';
import type { Box, Placed } from './layout';
import { Tile } from './Tile';
import type { TileProps } from './Tile';

function useBox(): [React.RefObject<HTMLDivElement | null>, Box] {
  const ref = useRef<HTMLDivElement>(null);
  const [box, setBox] = useState<Box>({ w: 0, h: 0 });
  useLayoutEffect(() => {
    const element = ref.current;
    if (!element) return;
    const measure = () => setBox({ w: element.clientWidth, h: element.clientHeight });
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [ref, box];
}

function ownTile(state: State, t: Translate): Omit<TileProps, keyof Placed> {
  const { name, own, hand, me } = state;
  return {
    label: name,
    name,
    tag: t('tile.you', { name }),
    member: null,
    video: 'own:camera',
    shown: own.camera.phase === 'on',
    screen: false,
    muted: own.mic.phase !== 'on',
    hand,
    away: false,
    talking: me !== null && own.mic.phase === 'on' && state.talking.includes(me.member),
    pinned: false,
    reaction: state.reactions.findLast((one) => one.from === null)?.emoji ?? null,
  };
}

function tileOf(
  state: State,
  { member, what, video }: Actor,
  t: Translate,
): Omit<TileProps, keyof Placed> {
  if (!member) return ownTile(state, t);
  const name = member.name || t('tile.unknown');
  const screen = what === 'screen';
  const label = screen ? t('tile.screen', { name }) : name;
  const mic = member.tracks.find((one) => one.source === 'mic');
  const open = mic !== undefined && !mic.paused;
  return {
    label,
    name,
    tag: label,
    member: member.member,
    video: video ? `track:${video.track}` : null,
    shown: video !== null && !video.paused,
    screen,
    muted: !screen && !open,
    hand: !screen && member.hand,
    away: member.away,
    talking: !screen && open && state.talking.includes(member.member),
    pinned: state.pinned === member.member,
    reaction: screen
      ? null
      : (state.reactions.findLast((one) => one.from === member.member)?.emoji ?? null),
  };
}

function shownOf(tiles: readonly Placed[], actors: ReadonlyMap<string, Actor>): Shown[] {
  return tiles.flatMap(({ key, h }) => {
    const track = actors.get(key)?.video?.track;
    return track === undefined ? [] : [{ track, height: Math.round(h * devicePixelRatio) }];
  });
}

function Pages({
  page,
  pages,
  onPage,
}: {
  page: number;
  pages: number;
  onPage(page: number): void;
}) {
  const t = useT();
  if (pages < 2) return null;
  return (
    <nav className="pages" aria-label={t('stage.page', { page: page + 1, pages })}>
      <Button
        className="iconbtn"
        aria-label={t('stage.previous')}
        isDisabled={page === 0}
        onPress={() => onPage(page - 1)}
      >
        <ChevronLeft size={20} />
      </Button>
      <span aria-hidden="true">
        {page + 1} / {pages}
      </span>
      <Button
        className="iconbtn"
        aria-label={t('stage.next')}
        isDisabled={page === pages - 1}
        onPress={() => onPage(page + 1)}
      >
        <ChevronRight size={20} />
      </Button>
    </nav>
  );
}

function Alone() {
  const t = useT();
  const copy = useCopy();
  return (
    <div className="alone">
      <p>
        <b>{t('stage.alone')}</b> {t('stage.alone.text')}
      </p>
      <Button className="pill" onPress={() => copy('guest')}>
        <Copy size={15} aria-hidden="true" />
        {t('stage.copy')}
      </Button>
    </div>
  );
}

export function Stage() {
  const t = useT();
  const tell = useTell();
  const state = usePart((whole) => whole);
  const [ref, box] = useBox();
  const [asked, setAsked] = useState(0);
  const cast = useMemo(() => castOf(state), [state]);
  const actors = useMemo(() => new Map(cast.map((one) => [one.key, one])), [cast]);
  const keys = cast.map((one) => one.key);
  const { tiles, page, pages } = arrange({ keys, focus: focusOf(state, cast), box, page: asked });
  useEffect(() => tell({ t: 'show_tiles', shown: shownOf(tiles, actors) }));
  return (
    <section className="stage" aria-label={t('stage.region')}>
      <div className="tiles" ref={ref}>
        {tiles.map(({ key, ...placed }) => {
          const actor = actors.get(key);
          return actor && <Tile key={key} {...placed} {...tileOf(state, actor, t)} />;
        })}
      </div>
      {state.members.length === 0 && <Alone />}
      <Pages page={page} pages={pages} onPage={setAsked} />
    </section>
  );
}

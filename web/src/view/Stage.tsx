/*
 * What it is: the stage: everybody's tiles, arranged for the space there is.
 * It tells the call which pictures are shown and how large, so that no others are sent to us.
 */
import { ChevronLeft, ChevronRight, Copy } from 'lucide-react';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { Button } from 'react-aria-components';
import { isLeftOut } from '../call/consent';
import { wayOf } from '../call/door';
import { rosterOf } from '../call/roster';
import type { Person } from '../call/roster';
import { cannotHear, cannotOpen, isSecure, sentences } from '../call/sealing';
import type { Shown, State, Track } from '../call/state';
import { usePart, useTell } from './call';
import { ME, audienceOf, castOf, focusOf } from './cast';
import type { Actor } from './cast';
import { useCopy } from './copy';
import { useFew } from './few';
import { useT } from './i18n';
import type { Translate } from './i18n';
import { arrange } from './layout';
import type { Box, Placed } from './layout';
import { NO_SEATS, seat } from './seats';
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

function reactionOf(state: State, from: string | null): TileProps['reaction'] {
  return state.reactions.findLast((one) => one.from === from)?.emoji ?? null;
}

function ownTile(state: State, t: Translate): Omit<TileProps, keyof Placed> {
  const { name, own, hand, me } = state;
  const unsent = state.wire.phase === 'live' ? sentences(state.sealing).unsent : null;
  return {
    label: name,
    name,
    tag: t('tile.you', { name }),
    participant: null,
    video: 'own:camera',
    next: null,
    shown: own.camera.phase === 'on',
    screen: false,
    muted: own.mic.phase !== 'on',
    hand,
    says: unsent && 'unsent',
    saying: unsent && t(unsent),
    leftOut: isLeftOut(state, null),
    talking: me !== null && own.mic.phase === 'on' && state.talking.includes(me.member),
    pinned: false,
    reaction: reactionOf(state, null),
  };
}

/** What a tile says instead of showing its picture, or above it. */
function saysOf(
  state: State,
  person: Person,
  video: Track | null,
): 'joining' | 'closed' | 'away' | null {
  if (person.presence === 'joining') return 'joining';
  const unseen = video !== null && cannotOpen(state.sealing, video.track);
  if (unseen || cannotHear(state.sealing, person.participant)) return 'closed';
  return person.presence === 'away' ? 'away' : null;
}

/** Loud by the server's word, and heard here by the keys that open the sound. */
function isTalking(state: State, { participant, member }: Person): boolean {
  return state.talking.includes(member) && state.heard.includes(participant);
}

function tileOf(
  state: State,
  { person, what, video, next }: Actor,
  t: Translate,
): Omit<TileProps, keyof Placed> {
  if (!person) return ownTile(state, t);
  const { participant, sealed } = person;
  const name = sealed ? person.name : t('tile.joining');
  const screen = what === 'screen';
  const label = screen ? t('tile.screen', { name }) : name;
  const mic = person.tracks.find((one) => one.source === 'mic');
  const says = saysOf(state, person, video);
  const open = sealed !== null && mic !== undefined && !mic.paused;
  return {
    label,
    name: person.name,
    tag: label,
    participant: sealed ? participant : null,
    video: video ? `track:${video.track}` : null,
    next: next ? `track:${next.track}` : null,
    shown: video !== null && !video.paused && !cannotOpen(state.sealing, video.track),
    screen,
    muted: sealed !== null && !screen && !open,
    hand: !screen && person.hand,
    says,
    saying: says && t(`tile.${says}`),
    leftOut: sealed !== null && isLeftOut(state, participant),
    talking: !screen && open && isTalking(state, person),
    pinned: state.pinned === participant,
    reaction: screen ? null : reactionOf(state, participant),
  };
}

/** Sizes are told in quarters of an octave: a tile that grows is not news at every pixel. */
const STEPS = 4;
const SIDE_MAX = 8192;
/** So many new tiles are drawn in one go. */
const NEW_TILES = 5;

function shownOf(tiles: readonly Placed[], actors: ReadonlyMap<string, Actor>): Shown[] {
  const side = (css: number) => {
    const pixels = Math.max(1, css * devicePixelRatio);
    return Math.min(Math.round(2 ** (Math.round(Math.log2(pixels) * STEPS) / STEPS)), SIDE_MAX);
  };
  return tiles.flatMap(({ key, w, h, big }) => {
    const track = actors.get(key)?.video?.track;
    return track === undefined ? [] : [{ track, width: side(w), height: side(h), large: big }];
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

/** The tiles' order: in a meeting of many pages whoever speaks has a seat on the first. */
function useSeats(state: State, cast: readonly Actor[], focus: string | null, box: Box) {
  const seats = useRef(NO_SEATS);
  const keys = cast.map((one) => one.key);
  const fixed = cast.findIndex((one) => one.key === ME) + 1;
  const loudest = cast.find((one) => one.person?.member === state.speaker && one.what === 'camera');
  const filmstrip = state.layout === 'filmstrip';
  const first = (order: readonly string[]) =>
    arrange({ keys: order, focus, box, page: 0, filmstrip });
  const fits = first(keys).pages === 1;
  const front = (order: readonly string[]) =>
    first(order).tiles.flatMap((one) => (one.big ? [] : [one.key]));
  const speaker = loudest === undefined || loudest.key === focus ? null : loudest.key;
  const now = seat(seats.current, { keys, fixed, speaker, fits, front });
  useEffect(() => {
    seats.current = now;
  });
  return [...keys.slice(0, fixed), ...now.order];
}

function Alone() {
  const t = useT();
  const copy = useCopy();
  const asked = usePart((state) => wayOf(state) !== null);
  if (asked)
    return (
      <div className="alone">
        <p>
          <b>{t('stage.alone')}</b> {t('rooms.alone')}
        </p>
      </div>
    );
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

/** Who only watches: how many they are; and that nobody is to be seen yet, to one of them. */
function Audience({ empty }: { empty: boolean }) {
  const t = useT();
  const watching = usePart(audienceOf);
  if (watching === 0) return null;
  return (
    <>
      {empty && (
        <div className="alone">
          <p>
            <b>{t('stage.empty')}</b> {t('stage.empty.text')}
          </p>
        </div>
      )}
      <p className="audience">{t('stage.audience', { count: watching })}</p>
    </>
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
  const focus = focusOf(state, cast);
  const keys = useSeats(state, cast, focus, box);
  const { tiles, page, pages } = arrange({
    keys,
    focus,
    box,
    page: asked,
    filmstrip: state.layout === 'filmstrip',
  });
  useEffect(() => tell({ t: 'show_tiles', shown: shownOf(tiles, actors) }));
  const drawn = useFew(tiles, NEW_TILES);
  return (
    <section className="stage" aria-label={t('stage.region')}>
      <div className="tiles" ref={ref}>
        {drawn.map(({ key, ...placed }) => {
          const actor = actors.get(key);
          return actor && <Tile key={key} {...placed} {...tileOf(state, actor, t)} />;
        })}
      </div>
      {rosterOf(state).length === 0 && cast.length === 1 && isSecure(state.sealing) && <Alone />}
      <Audience empty={cast.length === 0} />
      <Pages page={page} pages={pages} onPage={setAsked} />
    </section>
  );
}

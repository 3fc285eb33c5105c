/*
 * What it is: one tile: a figure named after its person, with the video element inside.
 */
import {
  CircleSlash,
  Coffee,
  Hand,
  Heart,
  Hourglass,
  Laugh,
  LockKeyhole,
  MicOff,
  MonitorUp,
  PartyPopper,
  Pin,
  PinOff,
  ThumbsDown,
  ThumbsUp,
  WifiOff,
} from 'lucide-react';
import type { LucideIcon } from 'lucide-react';
import { memo } from 'react';
import type { Reaction } from '../e2ee/note';
import type { BoardKey } from '../media/board';
import { Avatar, hueOf } from './Avatar';
import { useTell, useTrack } from './call';
import { useT } from './i18n';
import { Video } from './Video';

export const REACTION_ICONS: Record<Reaction, LucideIcon> = {
  '👍': ThumbsUp,
  '👎': ThumbsDown,
  '❤️': Heart,
  '😂': Laugh,
  '🎉': PartyPopper,
  '☕': Coffee,
};

/** joining: no leaf yet. closed: what arrives does not open. unsent: own, and nothing goes out. */
export type Says = 'away' | 'joining' | 'closed' | 'unsent';
const SAYS_ICONS: Record<Says, LucideIcon> = {
  away: WifiOff,
  joining: Hourglass,
  closed: LockKeyhole,
  unsent: CircleSlash,
};

export interface TileProps {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
  readonly big: boolean;
  /** What assistive technology calls the tile. */
  readonly label: string;
  readonly name: string;
  readonly tag: string;
  /** null is me, or somebody who has no leaf yet. */
  readonly participant: string | null;
  readonly video: BoardKey | null;
  /** Shown where the first is not to be had. */
  readonly next: BoardKey | null;
  readonly shown: boolean;
  readonly screen: boolean;
  readonly muted: boolean;
  readonly hand: boolean;
  readonly says: Says | null;
  /** What it says, in words. */
  readonly saying: string | null;
  readonly talking: boolean;
  /** Somebody records, and this one is left out. */
  readonly leftOut: boolean;
  readonly pinned: boolean;
  readonly reaction: Reaction | null;
}

/** A plain button: there is one on each tile, and a page of tiles is drawn at once. */
function PinButton({ participant, pinned }: { participant: string; pinned: boolean }) {
  const t = useT();
  const tell = useTell();
  const Icon = pinned ? PinOff : Pin;
  return (
    <button
      type="button"
      className="tile-pin"
      aria-label={t(pinned ? 'tile.unpin' : 'tile.pin')}
      onClick={() => tell({ t: 'pin', participant: pinned ? null : participant })}
    >
      <Icon size={16} />
    </button>
  );
}

function Tag({ tag, muted, hand, leftOut }: Pick<TileProps, 'tag' | 'muted' | 'hand' | 'leftOut'>) {
  const t = useT();
  return (
    <figcaption className="tag">
      {hand && (
        <span className="tag-hand">
          <Hand size={14} aria-hidden="true" />
          <span className="sr">{t('tile.hand')}</span>
        </span>
      )}
      {muted && (
        <span className="tag-muted">
          <MicOff size={14} aria-hidden="true" />
          <span className="sr">{t('tile.muted')}</span>
        </span>
      )}
      <span className="tag-name">{tag}</span>
      {leftOut && <span className="tag-out">{t('tile.left_out')}</span>}
    </figcaption>
  );
}

function Saying({ is, text }: { is: Says; text: string | null }) {
  const Icon = SAYS_ICONS[is];
  return (
    <p className="tile-says" data-says={is}>
      <Icon size={16} aria-hidden="true" />
      <span>{text}</span>
    </p>
  );
}

function Face({ name, screen, joining }: { name: string; screen: boolean; joining: boolean }) {
  if (screen)
    return <MonitorUp className="tile-screen" size={44} strokeWidth={1.4} aria-hidden="true" />;
  return joining ? null : <Avatar name={name} />;
}

export const Tile = memo(function Tile(props: TileProps) {
  const first = useTrack(props.video);
  const second = useTrack(props.next);
  const track = first ?? second;
  const { x, y, w, h, name, participant, screen, reaction, says } = props;
  const joining = says === 'joining';
  const ReactionIcon = reaction && REACTION_ICONS[reaction];
  return (
    <figure
      className="tile"
      aria-label={props.label}
      data-hue={screen || joining ? 'none' : hueOf(name)}
      data-talking={props.talking}
      data-away={says !== null && says !== 'unsent'}
      data-big={props.big}
      data-screen={screen}
      data-small={w < 190}
      style={{ transform: `translate(${x}px, ${y}px)`, width: w, height: h }}
    >
      <Face name={name} screen={screen} joining={joining} />
      <Video
        track={track}
        shown={props.shown && track !== undefined}
        mirrored={props.video === 'own:camera'}
        whole={screen}
      />
      {says && <Saying is={says} text={props.saying} />}
      {ReactionIcon && (
        <span className="tile-reaction" key={reaction}>
          <ReactionIcon aria-hidden="true" />
        </span>
      )}
      {participant !== null && !screen && (
        <PinButton participant={participant} pinned={props.pinned} />
      )}
      {!joining && (
        <Tag tag={props.tag} muted={props.muted} hand={props.hand} leftOut={props.leftOut} />
      )}
    </figure>
  );
});

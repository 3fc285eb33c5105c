/*
 * What it is: one tile: a figure named after its person, with the video element inside.
 */
import {
  Coffee,
  Hand,
  Heart,
  Laugh,
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
import { Button } from 'react-aria-components';
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
  readonly member: number | null;
  readonly video: BoardKey | null;
  readonly shown: boolean;
  readonly screen: boolean;
  readonly muted: boolean;
  readonly hand: boolean;
  readonly away: boolean;
  readonly talking: boolean;
  readonly pinned: boolean;
  readonly reaction: Reaction | null;
}

function PinButton({ member, pinned }: { member: number; pinned: boolean }) {
  const t = useT();
  const tell = useTell();
  const Icon = pinned ? PinOff : Pin;
  return (
    <Button
      className="tile-pin"
      aria-label={t(pinned ? 'tile.unpin' : 'tile.pin')}
      onPress={() => tell({ t: 'pin', member: pinned ? null : member })}
    >
      <Icon size={16} />
    </Button>
  );
}

function Tag({ tag, muted, hand }: Pick<TileProps, 'tag' | 'muted' | 'hand'>) {
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
    </figcaption>
  );
}

export const Tile = memo(function Tile(props: TileProps) {
  const t = useT();
  const track = useTrack(props.video);
  const { x, y, w, h, name, member, screen, reaction } = props;
  const ReactionIcon = reaction && REACTION_ICONS[reaction];
  return (
    <figure
      className="tile"
      aria-label={props.label}
      data-hue={screen ? 'none' : hueOf(name)}
      data-talking={props.talking}
      data-away={props.away}
      data-big={props.big}
      data-screen={screen}
      data-small={w < 190}
      style={{ transform: `translate(${x}px, ${y}px)`, width: w, height: h }}
    >
      {screen ? (
        <MonitorUp className="tile-screen" size={44} strokeWidth={1.4} aria-hidden="true" />
      ) : (
        <Avatar name={name} />
      )}
      <Video
        track={track}
        shown={props.shown && track !== undefined}
        mirrored={member === null}
        whole={screen}
      />
      {props.away && (
        <p className="tile-away">
          <WifiOff size={16} aria-hidden="true" />
          {t('tile.away')}
        </p>
      )}
      {ReactionIcon && (
        <span className="tile-reaction" key={reaction}>
          <ReactionIcon aria-hidden="true" />
        </span>
      )}
      {member !== null && !screen && <PinButton member={member} pinned={props.pinned} />}
      <Tag tag={props.tag} muted={props.muted} hand={props.hand} />
    </figure>
  );
});

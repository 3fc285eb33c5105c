/*
 * What it is: the list of who is here.
 */
import { Hand, Mic, MicOff, Video, VideoOff } from 'lucide-react';
import { Button } from 'react-aria-components';
import type { Member, State } from '../call/state';
import { Avatar } from './Avatar';
import { usePart, useTell } from './call';
import { useT } from './i18n';

interface PersonProps {
  readonly id: string;
  readonly name: string;
  readonly shownName: string;
  readonly host: boolean;
  readonly mic: boolean;
  readonly camera: boolean;
  readonly hand: boolean;
  readonly away: boolean;
  readonly onRemove?: () => void;
}

function Person(props: PersonProps) {
  const t = useT();
  return (
    <li className="person" data-away={props.away}>
      <Avatar name={props.name} size="s" />
      <span className="person-name" id={props.id}>
        {props.shownName}
        {props.host && <em>{t('people.host')}</em>}
        {props.away && <em>{t('people.away')}</em>}
      </span>
      {props.hand && <Hand size={17} className="lit" aria-label={t('tile.hand')} />}
      {props.mic ? (
        <Mic size={17} aria-hidden="true" />
      ) : (
        <MicOff size={17} className="dim" aria-label={t('tile.muted')} />
      )}
      {props.camera ? (
        <Video size={17} aria-hidden="true" />
      ) : (
        <VideoOff size={17} className="faint" aria-hidden="true" />
      )}
      {props.onRemove && (
        <Button className="btn small" aria-describedby={props.id} onPress={props.onRemove}>
          {t('people.remove')}
        </Button>
      )}
    </li>
  );
}

function sends(member: Member, source: 'mic' | 'camera'): boolean {
  return member.tracks.some((one) => one.source === source && !one.paused);
}

/** Raised hands first, then the order in which people came. */
function listed(state: State): Member[] {
  return state.members.toSorted((a, b) => Number(b.hand) - Number(a.hand));
}

export function People() {
  const t = useT();
  const tell = useTell();
  const state = usePart((whole) => whole);
  const host = state.me?.role === 'host';
  return (
    <ul className="people">
      <Person
        id="person-me"
        name={state.name}
        shownName={t('people.you', { name: state.name })}
        host={host}
        away={false}
        mic={state.own.mic.phase === 'on'}
        camera={state.own.camera.phase === 'on'}
        hand={state.hand}
      />
      {listed(state).map((one) => {
        const name = one.name || t('tile.unknown');
        const remove = () => tell({ t: 'remove', member: one.member });
        return (
          <Person
            key={one.member}
            id={`person-${one.member}`}
            name={name}
            shownName={name}
            host={one.role === 'host'}
            away={one.away}
            hand={one.hand}
            mic={sends(one, 'mic')}
            camera={sends(one, 'camera')}
            {...(host ? { onRemove: remove } : {})}
          />
        );
      })}
    </ul>
  );
}

/*
 * What it is: the list of who is here, by the tree; what their connections send is the server's word.
 */
import { Hand, Mic, MicOff, Pencil, TriangleAlert, Video, VideoOff } from 'lucide-react';
import { useState } from 'react';
import type { FormEvent } from 'react';
import { Button, Input, Label, TextField } from 'react-aria-components';
import { mySeal, rosterOf } from '../call/roster';
import type { Person } from '../call/roster';
import { isSecure, markOf } from '../call/sealing';
import type { State } from '../call/state';
import { NAME_MAX } from '../call/text';
import { Avatar } from './Avatar';
import { usePart, useTell } from './call';
import { useT } from './i18n';

interface SignsProps {
  readonly mic: boolean;
  readonly camera: boolean;
  readonly hand: boolean;
}

function Signs({ mic, camera, hand }: SignsProps) {
  const t = useT();
  return (
    <>
      {hand && <Hand size={17} className="lit" aria-label={t('tile.hand')} />}
      {mic ? (
        <Mic size={17} aria-hidden="true" />
      ) : (
        <MicOff size={17} className="dim" aria-label={t('tile.muted')} />
      )}
      {camera ? (
        <Video size={17} aria-hidden="true" />
      ) : (
        <VideoOff size={17} className="faint" aria-hidden="true" />
      )}
    </>
  );
}

function sends({ tracks }: Person, source: 'mic' | 'camera'): boolean {
  return tracks.some((one) => one.source === source && !one.paused);
}

function Marks({ person }: { person: Person }) {
  const t = useT();
  const { sealed, presence } = person;
  const mark = sealed && markOf(sealed);
  return (
    <small>
      {sealed?.admin && <em>{t('people.host')}</em>}
      {mark && <em data-mark={mark}>{t(`mark.${mark}`)}</em>}
      {presence === 'away' && <em>{t('people.away')}</em>}
      {presence === 'leaving' && <em>{t('people.leaving')}</em>}
      {presence === 'unseen' && <em data-mark="changed">{t('mark.unseen')}</em>}
    </small>
  );
}

function Other({ person }: { person: Person }) {
  const t = useT();
  const tell = useTell();
  const host = usePart((state) => state.me?.role === 'host');
  const { participant, name, presence, sealed } = person;
  const id = `person-${participant}`;
  if (!sealed) {
    return (
      <li className="person" data-away="true">
        <span className="avatar" data-size="s" data-hue="none" aria-hidden="true" />
        <span className="person-name">{t('tile.joining')}</span>
      </li>
    );
  }
  return (
    <li className="person" data-away={presence !== 'here'}>
      <Avatar name={name} size="s" />
      <span className="person-name" id={id}>
        <span>{name}</span>
        <Marks person={person} />
      </span>
      {presence === 'unseen' ? (
        <TriangleAlert size={17} className="dim" aria-hidden="true" />
      ) : (
        <Signs mic={sends(person, 'mic')} camera={sends(person, 'camera')} hand={person.hand} />
      )}
      {host && (
        <Button
          className="btn small"
          aria-describedby={id}
          onPress={() => tell({ t: 'remove', participant })}
        >
          {t('people.remove')}
        </Button>
      )}
    </li>
  );
}

function Rename({ onDone }: { onDone(): void }) {
  const t = useT();
  const tell = useTell();
  const [name, setName] = useState(usePart((state) => state.name));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    tell({ t: 'rename', name });
    onDone();
  };
  return (
    <form className="rename" onSubmit={submit}>
      <TextField className="field" value={name} onChange={setName} maxLength={NAME_MAX} autoFocus>
        <Label>{t('door.name')}</Label>
        <Input autoComplete="name" onFocus={(event) => event.currentTarget.select()} />
      </TextField>
      <div className="row">
        <Button className="btn key small" type="submit">
          {t('people.rename.done')}
        </Button>
        <Button className="btn quiet small" onPress={onDone}>
          {t('people.rename.cancel')}
        </Button>
      </div>
    </form>
  );
}

function Me() {
  const t = useT();
  const state = usePart((whole) => whole);
  const [renaming, setRenaming] = useState(false);
  const { name, own, hand } = state;
  if (renaming) return <Rename onDone={() => setRenaming(false)} />;
  return (
    <div className="person">
      <Avatar name={name} size="s" />
      <span className="person-name">
        <span>{t('people.you', { name })}</span>
        {mySeal(state)?.admin && (
          <small>
            <em>{t('people.host')}</em>
          </small>
        )}
      </span>
      {isSecure(state.sealing) && (
        <Button
          className="iconbtn"
          aria-label={t('people.rename')}
          onPress={() => setRenaming(true)}
        >
          <Pencil size={16} />
        </Button>
      )}
      <Signs mic={own.mic.phase === 'on'} camera={own.camera.phase === 'on'} hand={hand} />
    </div>
  );
}

/** Raised hands first, then the order of the tree. */
function listed(state: State): Person[] {
  return rosterOf(state).toSorted((a, b) => Number(b.hand) - Number(a.hand));
}

export function People() {
  const state = usePart((whole) => whole);
  return (
    <ul className="people">
      <li>
        <Me />
      </li>
      {listed(state).map((one) => (
        <Other key={one.participant} person={one} />
      ))}
    </ul>
  );
}

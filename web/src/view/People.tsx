/*
 * What it is: the list of who is here, by the tree; what their connections send is the server's word.
 */
import { Hand, Mic, MicOff, Pencil, TriangleAlert, UserMinus, Video, VideoOff } from 'lucide-react';
import { useMemo, useState } from 'react';
import type { FormEvent } from 'react';
import { Button, Input, Label, TextField } from 'react-aria-components';
import { isLeftOut } from '../call/consent';
import { linkOfMember } from '../call/links';
import { mySeal, rosterOf } from '../call/roster';
import type { Person } from '../call/roster';
import { amHost, denialOf, reaches } from '../call/rules';
import { isSecure, markOf } from '../call/sealing';
import { NAME_MAX } from '../call/text';
import { Avatar } from './Avatar';
import { usePart, useTell } from './call';
import { useT } from './i18n';
import { PersonMenu } from './PersonMenu';
import { Rows } from './Rows';
import { useWhy } from './why';

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

/** A host by the host's own key is one for everybody; other roles are the server's word. */
function RoleWord({ person: { sealed, role } }: { person: Pick<Person, 'sealed' | 'role'> }) {
  const t = useT();
  if (sealed?.admin && !sealed.named) return <em>{t('people.host')}</em>;
  if (!role || role === 'participant' || role === 'bot') return null;
  return <em>{t(`role.${role}`)}</em>;
}

function Marks({ person }: { person: Person }) {
  const t = useT();
  const { sealed, presence, member } = person;
  const came = usePart((state) => linkOfMember(state, member));
  const out = usePart((state) => sealed !== null && isLeftOut(state, person.participant));
  const mark = sealed && markOf(sealed);
  return (
    <small>
      <RoleWord person={person} />
      {mark && <em data-mark={mark}>{t(`mark.${mark}`)}</em>}
      {came && <em>{t('people.by_link', { label: came.label || String(came.link) })}</em>}
      {out && <em>{t('tile.left_out')}</em>}
      {presence === 'away' && <em>{t('people.away')}</em>}
      {presence === 'leaving' && <em>{t('people.leaving')}</em>}
      {presence === 'unseen' && <em data-mark="changed">{t('mark.unseen')}</em>}
    </small>
  );
}

function Other({ person }: { person: Person }) {
  const t = useT();
  const tell = useTell();
  const { participant, name, presence, sealed, role } = person;
  const host = usePart((state) => (role ? reaches(state, role) : amHost(state)));
  const id = `person-${participant}`;
  if (!sealed) {
    return (
      <div className="person" data-away="true">
        <span className="avatar" data-size="s" data-hue="none" aria-hidden="true" />
        <span className="person-name">{t('tile.joining')}</span>
      </div>
    );
  }
  return (
    <div className="person" data-away={presence !== 'here'}>
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
      <PersonMenu person={person} />
      {host && (
        <span title={t('people.remove')}>
          <Button
            className="iconbtn more-acts remove"
            aria-label={t('people.remove')}
            aria-describedby={id}
            onPress={() => tell({ t: 'remove', participant })}
          >
            <UserMinus size={17} aria-hidden="true" />
          </Button>
        </span>
      )}
    </div>
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
  const { name, own, hand, me } = state;
  const why = useWhy(denialOf(state, 'rename'));
  if (renaming) return <Rename onDone={() => setRenaming(false)} />;
  return (
    <div className="person">
      <Avatar name={name} size="s" />
      <span className="person-name">
        <span>{t('people.you', { name })}</span>
        {me && (
          <small>
            <RoleWord person={{ sealed: mySeal(state) ?? null, role: me.role }} />
          </small>
        )}
      </span>
      {isSecure(state.sealing) && (
        <span title={why ?? undefined}>
          <Button
            className="iconbtn"
            aria-label={t('people.rename')}
            isDisabled={why !== null}
            onPress={() => setRenaming(true)}
          >
            <Pencil size={16} />
          </Button>
        </span>
      )}
      <Signs mic={own.mic.phase === 'on'} camera={own.camera.phase === 'on'} hand={hand} />
    </div>
  );
}

/** Raised hands first, then the order of the tree. */
function listed(roster: readonly Person[]): Person[] {
  return roster.toSorted((a, b) => Number(b.hand) - Number(a.hand));
}

function MuteAll() {
  const t = useT();
  const tell = useTell();
  return (
    <Button
      className="btn quiet small mute-all"
      onPress={() => tell({ t: 'mute_all', source: 'mic' })}
    >
      <MicOff size={15} aria-hidden="true" />
      {t('people.mute_all')}
    </Button>
  );
}

export function People() {
  const roster = usePart(rosterOf);
  const host = usePart(amHost);
  const others = useMemo(() => listed(roster), [roster]);
  return (
    <div className="people">
      <Me />
      {host && others.length > 0 && <MuteAll />}
      <Rows items={others} className="people-others" keyOf={(one) => one.participant}>
        {(one) => <Other person={one} />}
      </Rows>
    </div>
  );
}

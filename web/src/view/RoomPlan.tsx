/*
 * What it is: a host's sheet of break-out rooms: planning them, who is asked where, going there, closing
 * them. Loaded with the sheets.
 */
import { useId, useState } from 'react';
import type { FormEvent } from 'react';
import { Button } from 'react-aria-components';
import { wayOf } from '../call/door';
import { rosterOf } from '../call/roster';
import type { Person } from '../call/roster';
import { evenly, roomsOf } from '../call/rooms';
import { ROOMS_MAX } from '../call/rooms-state';
import type { Room } from '../call/rooms-state';
import type { State } from '../call/state';
import { usePart, useTell } from './call';
import { useT } from './i18n';
import './rooms.css';

const HERE = '';

/** Who can be asked: people with a leaf, that are no bots. */
function guestsOf(state: State): readonly Person[] {
  return rosterOf(state).filter((one) => one.sealed !== null && one.presence === 'here' && one.role !== 'bot');
}

interface WhereProps {
  readonly person: Person;
  readonly where: string;
  readonly rooms: readonly { readonly key: string; readonly name: string }[];
  onChange(where: string): void;
}

function Where({ person, where, rooms, onChange }: WhereProps) {
  const t = useT();
  return (
    <li>
      <label className="where">
        <span dir="auto">{person.name}</span>
        <select
          value={where}
          data-person={person.name}
          onChange={(event) => onChange(event.currentTarget.value)}
        >
          <option value={HERE}>{t('rooms.here')}</option>
          {rooms.map(({ key, name }) => (
            <option key={key} value={key}>
              {name}
            </option>
          ))}
        </select>
      </label>
    </li>
  );
}

/** Each person's room by its number; whoever has no line yet stays. */
type Placing = ReadonlyMap<string, string>;

function spread(people: readonly Person[], count: number): Placing {
  const rooms = evenly(people.map((one) => one.participant), count);
  return new Map(rooms.flatMap((room, i) => room.map((one) => [one, String(i)] as const)));
}

function CountChoice({ count, onChange }: { count: number; onChange(count: number): void }) {
  const t = useT();
  const id = useId();
  return (
    <p className="where">
      <label htmlFor={id}>{t('rooms.count')}</label>
      <select id={id} value={count} onChange={(event) => onChange(Number(event.currentTarget.value))}>
        {Array.from({ length: ROOMS_MAX }, (_, i) => (
          <option key={i} value={i + 1}>
            {i + 1}
          </option>
        ))}
      </select>
    </p>
  );
}

function Planning({ opening }: { opening: boolean }) {
  const t = useT();
  const tell = useTell();
  const people = guestsOf(usePart((whole) => whole));
  const [count, setCount] = useState(2);
  const [places, setPlaces] = useState<Placing>(() => spread(people, 2));
  const rooms = Array.from({ length: count }, (_, i) => ({
    key: String(i),
    name: t('rooms.name', { number: i + 1 }),
  }));
  const recount = (next: number) => {
    setCount(next);
    setPlaces(spread(people, next));
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const plan = rooms.map(({ key, name }) => ({
      name,
      people: people.map((one) => one.participant).filter((one) => places.get(one) === key),
    }));
    tell({ t: 'open_rooms', plan });
  };
  return (
    <form className="rooms" onSubmit={submit}>
      <p className="note-s">{t('rooms.text')}</p>
      <CountChoice count={count} onChange={recount} />
      <ul className="wheres" aria-label={t('rooms.who')}>
        {people.map((one) => (
          <Where
            key={one.participant}
            person={one}
            where={places.get(one.participant) ?? HERE}
            rooms={rooms}
            onChange={(where) => setPlaces(new Map([...places, [one.participant, where]]))}
          />
        ))}
      </ul>
      {people.length === 0 && <p>{t('rooms.nobody')}</p>}
      <Button className="btn key" type="submit" data-busy={opening}>
        {t(opening ? 'rooms.opening' : 'rooms.open')}
      </Button>
    </form>
  );
}

function Opened({ open, onGo }: { open: readonly Room[]; onGo(): void }) {
  const t = useT();
  const tell = useTell();
  const people = guestsOf(usePart((whole) => whole));
  const rooms = open.map(({ link, name }) => ({ key: link.id, name }));
  const go = (room: string) => {
    onGo();
    tell({ t: 'go_room', room });
  };
  return (
    <div className="rooms">
      <ul className="wheres">
        {open.map(({ link, name, people: asked }) => (
          <li key={link.id} className="where">
            <span>
              <b dir="auto">{name}</b> <small>{t('rooms.asked.count', { count: asked.length })}</small>
            </span>
            <Button className="btn" onPress={() => go(link.id)} aria-label={t('rooms.visit', { name })}>
              {t('rooms.go')}
            </Button>
          </li>
        ))}
      </ul>
      {people.length > 0 && <p className="note-s">{t('rooms.still')}</p>}
      <ul className="wheres" aria-label={t('rooms.who')}>
        {people.map((one) => (
          <Where
            key={one.participant}
            person={one}
            where={open.find((room) => room.people.includes(one.participant))?.link.id ?? HERE}
            rooms={rooms}
            onChange={(room) => room !== HERE && tell({ t: 'ask_into', room, participant: one.participant })}
          />
        ))}
      </ul>
      <Button className="btn stop" onPress={() => tell({ t: 'close_rooms' })}>
        {t('rooms.close')}
      </Button>
      <p className="note-s">{t('rooms.close.text')}</p>
    </div>
  );
}

export function RoomPlan({ onGo }: { onGo(): void }) {
  const t = useT();
  const { opening, open } = usePart(roomsOf);
  const inside = usePart((state) => wayOf(state) !== null);
  if (inside) return <p>{t('rooms.not_here')}</p>;
  return open.length > 0 ? <Opened open={open} onGo={onGo} /> : <Planning opening={opening} />;
}

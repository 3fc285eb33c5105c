/*
 * What it is: those who knock, for whoever may let them in; and the page of somebody who waits.
 * The names come out of sealed profiles. Nobody is let in but by a click on their own row.
 */
import { DoorClosed } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { Button } from 'react-aria-components';
import { linkName, linkUser } from '../call/links';
import { cleanName } from '../call/text';
import { Avatar } from './Avatar';
import { PageTop } from './Brand';
import { usePart, useTell } from './call';
import { useT } from './i18n';
import { useKeptFocus } from './kept';
import type { KeptFocus } from './kept';
import './after.css';

/** By which personal link somebody came, and who is here by it already. */
function CameBy({ participant }: { participant: string }) {
  const t = useT();
  const state = usePart((whole) => whole);
  const link = state.protection.applicants.find((one) => one.participant === participant)?.link;
  if (!link) return null;
  const label = linkName(state, link) || t('links.number', { number: link });
  const user = linkUser(state, link);
  return (
    <small data-twice={user !== null}>
      {user === null ? t('waiting.by_link', { label }) : t('waiting.twice', { label, name: user })}
    </small>
  );
}

function Knocker({ participant, name }: { participant: string; name: string }) {
  const t = useT();
  const tell = useTell();
  const id = `knocks-${participant}`;
  const answer = (yes: boolean) => tell({ t: 'admit', participant, yes });
  return (
    <li className="knocker">
      <Avatar name={name} size="s" />
      <span className="person-name" id={id}>
        <span>{name}</span>
        <CameBy participant={participant} />
      </span>
      <Button className="btn key small" aria-describedby={id} onPress={() => answer(true)}>
        {t('waiting.admit')}
      </Button>
      <Button className="btn quiet small" aria-describedby={id} onPress={() => answer(false)}>
        {t('waiting.deny')}
      </Button>
    </li>
  );
}

export function WaitingRoom() {
  const t = useT();
  const { admin, waiting } = usePart((state) => state.sealing);
  const kept = useKeptFocus<HTMLElement>();
  const last = admin ? waiting.at(-1) : undefined;
  const news = last && t('waiting.knocks', { name: cleanName(last.name) || t('someone') });
  return (
    <>
      <p role="status" className="sr">
        {news}
      </p>
      {last && <Knockers {...kept} />}
    </>
  );
}

type Rows = KeptFocus<HTMLElement, HTMLHeadingElement>;

function Knockers({ heading, around }: Rows) {
  const t = useT();
  const waiting = usePart((state) => state.sealing.waiting);
  return (
    <section className="waitingroom light" aria-label={t('waiting.title')} ref={around}>
      <h2 ref={heading} tabIndex={-1}>
        {t('waiting.title')} <span>{t('waiting.count', { count: waiting.length })}</span>
      </h2>
      <ul>
        {waiting.map((one) => (
          <Knocker
            key={one.participant}
            participant={one.participant}
            name={cleanName(one.name) || t('someone')}
          />
        ))}
      </ul>
    </section>
  );
}

export function Waiting() {
  const t = useT();
  const tell = useTell();
  const name = usePart((state) => state.name);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    heading.current?.focus();
  }, []);
  return (
    <div className="light after">
      <PageTop />
      <main className="after-main">
        <div className="after-icon" aria-hidden="true">
          <DoorClosed size={30} strokeWidth={1.8} />
        </div>
        <h1 ref={heading} tabIndex={-1}>
          {t('waiting.page')}
        </h1>
        <p className="lead" role="status">
          {t('waiting.page.text', { name })}
        </p>
        <div className="row">
          <Button className="btn quiet" onPress={() => tell({ t: 'leave' })}>
            {t('leave.leave')}
          </Button>
        </div>
      </main>
    </div>
  );
}

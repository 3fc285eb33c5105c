/*
 * What it is: the security panel: who is here by the tree, the meeting's code, what is protected and
 * what is not, the host's controls, the link. Every claim is chosen by sentences().
 */
import { Check, Copy, Cpu, Eye, KeyRound, ShieldCheck, TriangleAlert } from 'lucide-react';
import { Suspense, lazy } from 'react';
import { Button } from 'react-aria-components';
import type { SealedPerson } from '../e2ee/port';
import { guestLink } from '../call/link';
import { countOf, otherBuilds } from '../call/roster';
import { amHost } from '../call/rules';
import { fives, isSecure, markOf, sentences } from '../call/sealing';
import { cleanName } from '../call/text';
import { Avatar } from './Avatar';
import { CodeNews } from './CodeNews';
import { usePart, useTell } from './call';
import { useCopy } from './copy';
import { useT, withTexts } from './i18n';
import { Rows } from './Rows';
import { Verify } from './Verify';
import './security.css';

const Controls = lazy(() => withTexts(import('./Controls')).then((m) => ({ default: m.Controls })));

function State() {
  const t = useT();
  const sealing = usePart((state) => state.sealing);
  const { tone, title, text, todo } = sentences(sealing);
  const Icon = tone === 'stop' ? TriangleAlert : tone === 'safe' ? ShieldCheck : KeyRound;
  return (
    <div className="note sealstate" data-tone={tone}>
      <Icon size={18} aria-hidden="true" />
      <p>
        <b>{t(title)}</b> {t(text)} {todo && t(todo)}
      </p>
    </div>
  );
}

function Code() {
  const t = useT();
  const code = usePart((state) => (isSecure(state.sealing) ? state.sealing.code : ''));
  if (code === '') return null;
  return (
    <section className="security-section" aria-labelledby="meeting-code">
      <h3 id="meeting-code">{t('security.code')}</h3>
      <p className="digits" data-kind="meeting">
        {fives(code).map((group, i) => (
          <span key={i}>{group} </span>
        ))}
      </p>
      <p>{t('security.code.text')}</p>
    </section>
  );
}

function Row({ person }: { person: SealedPerson }) {
  const t = useT();
  const tell = useTell();
  const name = cleanName(person.name);
  const mark = markOf(person);
  const id = `sealed-${person.participant}`;
  return (
    <div className="sealed-row">
      <Avatar name={name} size="s" />
      <span className="sealed-name" id={id}>
        <span>{person.me ? t('people.you', { name }) : name}</span>
        <small>
          {person.admin && <em>{t(person.named ? 'people.admin' : 'people.host')}</em>}
          {mark && <em data-mark={mark}>{t(`mark.${mark}`)}</em>}
          {!person.me && person.member === 0 && <em data-mark="changed">{t('mark.unseen')}</em>}
        </small>
      </span>
      {!person.me && (
        <Button
          className="btn quiet small"
          aria-label={t('verify.open')}
          aria-describedby={id}
          onPress={() => tell({ t: 'verify', participant: person.participant })}
        >
          {t('verify.short')}
        </Button>
      )}
    </div>
  );
}

const meFirst = (a: SealedPerson, b: SealedPerson) => Number(b.me) - Number(a.me);

function Roster() {
  const t = useT();
  const state = usePart((whole) => whole);
  const { people } = state.sealing;
  const others = otherBuilds(state);
  if (people.length === 0) return null;
  return (
    <section className="security-section" aria-labelledby="sealed-roster">
      <h3 id="sealed-roster">
        {t('security.roster')} · {t('top.count', { count: countOf(state) })}
      </h3>
      <div className="sealed-scroll">
        <Rows items={people.toSorted(meFirst)} className="sealed" keyOf={(one) => one.participant}>
          {(one) => <Row person={one} />}
        </Rows>
      </div>
      {people.length > 1 && (
        <p className="sealed-build" data-other={others > 0}>
          {others > 0 ? (
            <Cpu size={15} aria-hidden="true" />
          ) : (
            <Check size={15} aria-hidden="true" />
          )}
          {others > 0 ? t('security.builds', { count: others }) : t('security.build.same')}
        </p>
      )}
    </section>
  );
}

const KNOWN = ['seen', 'link', 'power', 'page', 'members'] as const;

/** What the sealing covers, and beside it what it does not: both in plain words. */
function Honest() {
  const t = useT();
  const protects = usePart((state) => sentences(state.sealing).protects);
  return (
    <section className="security-section" aria-labelledby="honest">
      <h3 id="honest">{t('security.honest')}</h3>
      <div className="security-part">
        <KeyRound size={17} aria-hidden="true" />
        <p>{t(protects)}</p>
      </div>
      <div className="security-part plain">
        <Eye size={17} aria-hidden="true" />
        <div>
          <p>{t('security.not')}</p>
          <ul>
            {KNOWN.map((one) => (
              <li key={one}>{t(`security.not.${one}`)}</li>
            ))}
          </ul>
        </div>
      </div>
    </section>
  );
}

function Links() {
  const t = useT();
  const copy = useCopy();
  const link = usePart((state) => state.link);
  if (!link) return null;
  return (
    <>
      <section className="security-section security-link">
        <h3>{t('security.link')}</h3>
        <p className="mono linkbox">{guestLink(location.origin, link)}</p>
        <Button className="btn wide" onPress={() => copy('guest')}>
          <Copy size={16} aria-hidden="true" />
          {t('door.copy')}
        </Button>
      </section>
      {link.hostSecret !== undefined && (
        <section className="security-section security-link">
          <h3>{t('security.host_link')}</h3>
          <Button className="btn quiet wide" onPress={() => copy('host')}>
            <Copy size={16} aria-hidden="true" />
            {t('door.copy_host')}
          </Button>
        </section>
      )}
    </>
  );
}

export function Security() {
  const pair = usePart((state) => state.pair);
  const host = usePart(amHost);
  if (pair) return <Verify pair={pair} />;
  return (
    <div className="security">
      <State />
      <CodeNews />
      <Suspense fallback={null}>{host && <Controls />}</Suspense>
      <Code />
      <Roster />
      <Honest />
      <Links />
    </div>
  );
}

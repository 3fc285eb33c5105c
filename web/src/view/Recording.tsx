/*
 * What it is: the dialog about recording: being asked, changing one's answer, and recording oneself.
 * Loaded when it is first needed. To close it without an answer is a no.
 */
import { Check, X } from 'lucide-react';
import { useEffect } from 'react';
import { Button, Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components';
import type { Asked } from '../call/consent-state';
import { nameOf, rosterOf } from '../call/roster';
import { denialOf } from '../call/rules';
import { drawRenewal } from '../wire/tokens';
import { usePart, useTell } from './call';
import { useT } from './i18n';
import { toHeading } from './kept';
import { useWhy } from './why';
import './sheet.css';

/** By somebody else: the question, or the answer that stands. */
function Ask({ by, answer }: Asked) {
  const t = useT();
  const tell = useTell();
  const name = usePart((state) => nameOf(state, by)) || t('someone');
  const say = (yes: boolean) => () => tell({ t: 'consent', by, yes });
  const open = answer === 'open';
  return (
    <section className="consent">
      {open ? (
        <h3>{t('record.ask.title', { name })}</h3>
      ) : (
        <p>{t(`record.is.${answer}`, { name })}</p>
      )}
      {open && <p>{t('record.ask.text')}</p>}
      <div className="consent-choice">
        {answer !== 'no' && (
          <Button className="btn key" autoFocus={open} onPress={say(false)}>
            {t(open ? 'record.no' : 'record.take_back')}
          </Button>
        )}
        {answer !== 'yes' && (
          <Button className="btn quiet" onPress={say(true)}>
            {t('record.yes')}
          </Button>
        )}
      </div>
      <p className="note-s">{t('record.ask.limit', { name })}</p>
    </section>
  );
}

/** Who is asked, and what they said. */
function Answers() {
  const t = useT();
  const roster = usePart(rosterOf);
  const { agreed, refused } = usePart((state) => state.consent);
  const people = roster.filter((one) => one.sealed);
  if (people.length === 0) return <p className="note-s">{t('record.nobody')}</p>;
  const said = (one: string) =>
    agreed.includes(one) ? 'yes' : refused.includes(one) ? 'no' : 'open';
  return (
    <ul className="answers">
      {people.map(({ participant, name }) => (
        <li key={participant} data-answer={said(participant)}>
          {said(participant) === 'yes' && <Check size={16} aria-hidden="true" />}
          <span>{name}</span> <small>{t(`record.answer.${said(participant)}`)}</small>
        </li>
      ))}
    </ul>
  );
}

function Own() {
  const t = useT();
  const tell = useTell();
  const phase = usePart((state) => state.consent.phase);
  const why = useWhy(usePart((state) => denialOf(state, 'record')));
  if (phase === 'on')
    return (
      <section className="consent">
        <p>{t('record.on')}</p>
        <Answers />
        <Button className="btn key" onPress={() => tell({ t: 'stop_record' })}>
          {t('record.stop')}
        </Button>
      </section>
    );
  if (why !== null) return <p className="note-s">{why}</p>;
  return (
    <section className="consent">
      <p>{t('record.start.text')}</p>
      <p className="note-s">{t('record.start.file')}</p>
      <Button
        className="btn key"
        data-busy={phase === 'starting'}
        onPress={() => tell({ t: 'record', id: drawRenewal() })}
      >
        {t(phase === 'starting' ? 'record.busy' : 'record.start')}
      </Button>
    </section>
  );
}

export function Recording() {
  const t = useT();
  const tell = useTell();
  const { asked, shown, phase } = usePart((state) => state.consent);
  /* The mark that opened it may be gone with the recording: after the dialog has given the focus back. */
  useEffect(() => () => void requestAnimationFrame(() => toHeading()), []);
  const own = (shown && asked.length === 0) || phase !== 'off';
  const close = () => {
    for (const { by, answer } of asked)
      if (answer === 'open') tell({ t: 'consent', by, yes: false });
    tell({ t: 'show_recording', shown: false });
  };
  return (
    <ModalOverlay className="veil" isOpen isDismissable onOpenChange={(open) => open || close()}>
      <Modal className="sheet light">
        <Dialog className="sheet-dialog" role="dialog">
          <div className="panel-head">
            <Heading slot="title">{t('record.title')}</Heading>
            <Button className="iconbtn" aria-label={t('keys.close')} onPress={close}>
              <X size={20} />
            </Button>
          </div>
          {asked.map((one) => (
            <Ask key={one.by} {...one} />
          ))}
          {own && <Own />}
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}

/*
 * What it is: reporting somebody to the operator: what it is about, words, and which of their lines
 * to show. Loaded when it is opened. Nothing goes but what is chosen here.
 */
import { X } from 'lucide-react';
import { useState } from 'react';
import type { FormEvent } from 'react';
import {
  Button,
  Dialog,
  Heading,
  Label,
  Modal,
  ModalOverlay,
  TextArea,
  TextField,
} from 'react-aria-components';
import { EVIDENCE_MAX } from '../call/hosting';
import type { ChatLine } from '../call/state';
import type { About } from '../wire/signal';
import { usePart, useTell } from './call';
import { useT } from './i18n';
import './sheet.css';
import './controls.css';

const ABOUTS: readonly About[] = [
  'harassment',
  'hate',
  'sexual',
  'violence',
  'intrusion',
  'spam',
  'other',
];
const WORDS_MAX = 600;

interface LinesProps {
  readonly lines: readonly ChatLine[];
  readonly chosen: readonly number[];
  onChange(chosen: readonly number[]): void;
}

function Lines({ lines, chosen, onChange }: LinesProps) {
  const t = useT();
  if (lines.length === 0) return <p className="note-s">{t('report.lines.none')}</p>;
  const full = chosen.length >= EVIDENCE_MAX;
  const toggle = (id: number) =>
    onChange(chosen.includes(id) ? chosen.filter((one) => one !== id) : [...chosen, id]);
  return (
    <fieldset className="report-lines">
      <legend>{t('report.lines', { max: EVIDENCE_MAX })}</legend>
      {lines.map(({ id, text, file }) => (
        <label key={id} className="report-line">
          <input
            type="checkbox"
            checked={chosen.includes(id)}
            disabled={full && !chosen.includes(id)}
            onChange={() => toggle(id)}
          />
          <span dir="auto">{file?.name ?? text}</span>
        </label>
      ))}
    </fieldset>
  );
}

function Form({ participant, sending }: { participant: string; sending: boolean }) {
  const t = useT();
  const tell = useTell();
  const chat = usePart((state) => state.chat);
  const [about, setAbout] = useState<About>('harassment');
  const [text, setText] = useState('');
  const [chosen, setChosen] = useState<readonly number[]>([]);
  const lines = chat.filter((one) => one.from === participant && one.proof).slice(-20);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    tell({ t: 'send_report', about, words: text, lines: chosen });
  };
  return (
    <form className="report" onSubmit={submit}>
      <label className="rule">
        <span>{t('report.about')}</span>
        <select value={about} onChange={(event) => setAbout(event.currentTarget.value as About)}>
          {ABOUTS.map((one) => (
            <option key={one} value={one}>
              {t(`report.about.${one}`)}
            </option>
          ))}
        </select>
      </label>
      <TextField className="field" value={text} onChange={setText} maxLength={WORDS_MAX}>
        <Label>{t('report.words')}</Label>
        <TextArea rows={3} />
      </TextField>
      <Lines lines={lines} chosen={chosen} onChange={setChosen} />
      <p className="note plain">{t('report.what')}</p>
      <Button className="btn key wide" type="submit" data-busy={sending}>
        {t('report.send')}
      </Button>
    </form>
  );
}

export function Report() {
  const t = useT();
  const tell = useTell();
  const report = usePart((state) => state.protection.report);
  if (!report) return null;
  const close = () => tell({ t: 'report', participant: null });
  const { participant, name, phase, franked } = report;
  return (
    <ModalOverlay className="veil" isOpen isDismissable onOpenChange={(open) => open || close()}>
      <Modal className="sheet light">
        <Dialog className="sheet-dialog">
          <div className="panel-head">
            <Heading slot="title">{t('report.title', { name })}</Heading>
            <Button className="iconbtn" aria-label={t('keys.close')} onPress={close}>
              <X size={20} />
            </Button>
          </div>
          {phase === 'sent' ? (
            <p role="status">{t('report.sent', { count: franked })}</p>
          ) : (
            <Form participant={participant} sending={phase === 'sending'} />
          )}
          <div role="alert">
            {phase === 'failed' && <p className="note warn">{t('report.failed')}</p>}
          </div>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}

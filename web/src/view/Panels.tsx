/*
 * What it is: the panel beside the stage: participants, chat or security.
 */
import { Copy, Eye, KeyRound, ShieldCheck, X } from 'lucide-react';
import { useEffect, useRef } from 'react';
import type { KeyboardEvent, ReactNode } from 'react';
import { Button } from 'react-aria-components';
import { guestLink } from '../call/link';
import type { Panel as PanelName } from '../call/state';
import { usePart, useTell } from './call';
import { Chat } from './Chat';
import { useCopy } from './copy';
import { useT } from './i18n';
import { People } from './People';

interface PanelProps {
  readonly name: PanelName;
  readonly children: ReactNode;
}

/** Takes the focus when it opens and gives it back to its button when it closes. */
function Panel({ name, children }: PanelProps) {
  const t = useT();
  const tell = useTell();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (name !== 'chat') heading.current?.focus();
    return () => document.getElementById(`tool-${name}`)?.focus();
  }, [name]);
  const close = () => tell({ t: 'open_panel', panel: null });
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape') close();
  };
  return (
    <section className="panel light" aria-label={t(`${name}.title`)} onKeyDown={onKeyDown}>
      <div className="panel-head">
        <h2 ref={heading} tabIndex={-1}>
          {t(`${name}.title`)}
        </h2>
        <Button className="iconbtn" aria-label={t(`${name}.close`)} onPress={close}>
          <X size={20} />
        </Button>
      </div>
      {children}
    </section>
  );
}

function Security() {
  const t = useT();
  const copy = useCopy();
  const link = usePart((state) => state.link);
  const parts = [
    ['sealed', KeyRound],
    ['media', ShieldCheck],
    ['seen', Eye],
  ] as const;
  return (
    <div className="security">
      {parts.map(([part, Icon]) => (
        <div key={part} className="security-part">
          <Icon size={18} aria-hidden="true" />
          <div>
            <h3>{t(`security.${part}.title`)}</h3>
            <p>{t(`security.${part}.text`)}</p>
          </div>
        </div>
      ))}
      {link && (
        <div className="security-link">
          <h3>{t('security.link')}</h3>
          <p className="mono linkbox">{guestLink(location.origin, link)}</p>
          <Button className="btn wide" onPress={() => copy('guest')}>
            <Copy size={16} aria-hidden="true" />
            {t('door.copy')}
          </Button>
        </div>
      )}
      {link?.hostSecret !== undefined && (
        <div className="security-link">
          <h3>{t('security.host_link')}</h3>
          <Button className="btn quiet wide" onPress={() => copy('host')}>
            <Copy size={16} aria-hidden="true" />
            {t('door.copy_host')}
          </Button>
        </div>
      )}
    </div>
  );
}

export function Panels() {
  const panel = usePart((state) => state.panel);
  switch (panel) {
    case null:
      return null;
    case 'people':
      return (
        <Panel name="people">
          <People />
        </Panel>
      );
    case 'chat':
      return (
        <Panel name="chat">
          <Chat />
        </Panel>
      );
    case 'security':
      return (
        <Panel name="security">
          <Security />
        </Panel>
      );
    default:
      return panel satisfies never;
  }
}

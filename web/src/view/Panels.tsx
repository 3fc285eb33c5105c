/*
 * What it is: the panel beside the stage: participants, chat or security.
 */
import { X } from 'lucide-react';
import { Suspense, lazy, useEffect, useRef } from 'react';
import type { KeyboardEvent, ReactNode } from 'react';
import { Button } from 'react-aria-components';
import type { Panel as PanelName } from '../call/state';
import { usePart, useTell } from './call';
import { Chat } from './Chat';
import { useT, withTexts } from './i18n';
import { People } from './People';

/* Loaded when it is opened: most people look at the stage. */
const Security = lazy(() =>
  withTexts(import('./Security')).then((m) => ({ default: m.Security })),
);

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
          <Suspense fallback={null}>
            <Security />
          </Suspense>
        </Panel>
      );
    default:
      return panel satisfies never;
  }
}

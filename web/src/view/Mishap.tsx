/*
 * What it is: what is shown when a page itself fails: one sentence and the way back.
 * Camera and microphone are let go, since nobody could see any more that they run.
 */
import { Component } from 'react';
import type { ReactNode } from 'react';
import { useT } from './i18n';

interface MishapProps {
  readonly children: ReactNode;
  onBroken(): void;
}

function Broken() {
  const t = useT();
  return (
    <div className="light after">
      <main className="after-main" role="alert">
        <h1>{t('broken.title')}</h1>
        <p className="lead">{t('broken.text')}</p>
        <button className="btn key" onClick={() => location.reload()}>
          {t('broken.reload')}
        </button>
      </main>
    </div>
  );
}

export class Mishap extends Component<MishapProps, { broken: boolean }> {
  override state = { broken: false };

  static getDerivedStateFromError(): { broken: boolean } {
    return { broken: true };
  }

  override componentDidCatch(): void {
    this.props.onBroken();
  }

  override render(): ReactNode {
    return this.state.broken ? <Broken /> : this.props.children;
  }
}

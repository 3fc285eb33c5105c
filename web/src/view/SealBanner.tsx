/*
 * What it is: the red banner: sending has stopped, what happened, and what to do about it.
 * Every word is chosen by sentences().
 */
import { ShieldAlert } from 'lucide-react';
import { Button } from 'react-aria-components';
import { sentences } from '../call/sealing';
import { usePart, useTell } from './call';
import { useT } from './i18n';

export function SealBanner() {
  const t = useT();
  const tell = useTell();
  const sealing = usePart((state) => state.sealing);
  const { tone, title, text, todo, frames } = sentences(sealing);
  return (
    <>
      <div role="alert" className="sealalert">
        {tone === 'stop' && (
          <div className="sealbanner">
            <ShieldAlert size={22} aria-hidden="true" />
            <p>
              <b>{t(title)}</b> {t(text)} {todo && t(todo)}
            </p>
            <Button className="pill" onPress={() => tell({ t: 'open_panel', panel: 'security' })}>
              {t('sealing.more')}
            </Button>
          </div>
        )}
      </div>
      <p role="status" className={frames ? 'sealnote' : 'sr'}>
        {frames && t('sealing.frames')}
      </p>
    </>
  );
}

/*
 * What it is: short messages at the foot of the page, read out politely.
 */
import { X } from 'lucide-react';
import { Button } from 'react-aria-components';
import type { Notice } from '../call/state';
import { usePart, useTell } from './call';
import { useT } from './i18n';
import { words } from './notices';

const WARN: readonly Notice['is'][] = [
  'capture',
  'noise_failed',
  'blur_failed',
  'copy_failed',
  'not_sent',
  'not_done',
  'unable',
  'file_size',
  'file_failed',
  'refused',
  'denied',
  'muted',
  'suspended',
  'blocked',
];

export function Toasts() {
  const t = useT();
  const tell = useTell();
  const toasts = usePart((state) => state.toasts);
  return (
    <div className="toasts" role="status" aria-label={t('toast.region')}>
      {toasts.map(({ id, notice }) => (
        <div key={id} className="toast" data-tone={WARN.includes(notice.is) ? 'warn' : 'calm'}>
          <span>{words(notice, t)}</span>
          <Button
            className="iconbtn"
            aria-label={t('toast.close')}
            onPress={() => tell({ t: 'close_toast', id })}
          >
            <X size={16} />
          </Button>
        </div>
      ))}
    </div>
  );
}

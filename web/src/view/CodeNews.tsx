/*
 * What it is: what the guard of this program's code found, when it found something.
 */
import { Cpu } from 'lucide-react';
import { usePart } from './call';
import { useT } from './i18n';

/** Enough of a hash to compare by eye; the whole is in the manifest. */
const SHOWN = 16;

export function CodeNews() {
  const t = useT();
  const news = usePart((state) => state.code);
  if (!news || news.is === 'off') return null;
  const hash = 'now' in news ? news.now.slice(0, SHOWN) : '';
  const path = 'path' in news ? news.path : '';
  return (
    <div className="note warn code-news" role="status">
      <Cpu size={18} aria-hidden="true" />
      <p>{t(`code.${news.is}`, { hash, path })}</p>
    </div>
  );
}

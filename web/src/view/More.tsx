/*
 * What it is: the More menu, and the dialogs that open from it (loaded when first asked for).
 */
import { Check, Ellipsis } from 'lucide-react';
import { Suspense, lazy, useState } from 'react';
import {
  Header,
  Menu,
  MenuItem,
  MenuSection,
  MenuTrigger,
  Popover,
  Separator,
} from 'react-aria-components';
import type { Layout } from '../call/state';
import { usePart, useTell } from './call';
import { useCopy } from './copy';
import { useT } from './i18n';
import { useNarrow } from './narrow';
import { Tool, canShare } from './Toolbar';

const Sheet = lazy(() => import('./Sheet').then((m) => ({ default: m.Sheet })));

export type SheetName = 'devices' | 'stats' | 'keys';
const LAYOUTS: readonly Layout[] = ['auto', 'grid', 'speaker'];

function LayoutSection() {
  const t = useT();
  const tell = useTell();
  const layout = usePart((state) => state.layout);
  const pick = (one: Layout) => tell({ t: 'set_layout', layout: one });
  return (
    <MenuSection selectionMode="single" selectedKeys={[layout]} disallowEmptySelection>
      <Header className="menu-head">{t('more.layout')}</Header>
      {LAYOUTS.map((one) => (
        <MenuItem
          key={one}
          id={one}
          className="option"
          onAction={() => pick(one)}
          textValue={t(`more.layout.${one}`)}
        >
          <span>{t(`more.layout.${one}`)}</span>
          <Check size={16} className="tick" aria-hidden="true" />
        </MenuItem>
      ))}
    </MenuSection>
  );
}

/** What the narrow toolbar has no room for. */
function NarrowSection() {
  const t = useT();
  const tell = useTell();
  const hand = usePart((state) => state.hand);
  const sharing = usePart((state) => state.own.screen.phase === 'on');
  return (
    <MenuSection aria-label={t('tool.bar')}>
      {canShare() && (
        <MenuItem className="option" onAction={() => tell({ t: 'toggle_screen' })}>
          {t(sharing ? 'tool.unshare' : 'tool.share')}
        </MenuItem>
      )}
      <MenuItem className="option" onAction={() => tell({ t: 'toggle_hand' })}>
        {t(hand ? 'tool.unhand' : 'tool.hand')}
      </MenuItem>
      <MenuItem className="option" onAction={() => tell({ t: 'open_panel', panel: 'people' })}>
        {t('tool.people')}
      </MenuItem>
      <MenuItem className="option" onAction={() => tell({ t: 'open_panel', panel: 'security' })}>
        {t('tool.security')}
      </MenuItem>
    </MenuSection>
  );
}

function toggleFullscreen(): void {
  const done = document.fullscreenElement
    ? document.exitFullscreen()
    : document.documentElement.requestFullscreen();
  done.catch(() => undefined);
}

export function More() {
  const t = useT();
  const copy = useCopy();
  const narrow = useNarrow();
  const [sheet, setSheet] = useState<SheetName | null>(null);
  return (
    <>
      <MenuTrigger>
        <Tool icon={Ellipsis} label={t('tool.more')} />
        <Popover className="popover dark" placement="top">
          <Menu className="menu" aria-label={t('tool.more')}>
            {narrow && <NarrowSection />}
            {narrow && <Separator className="menu-line" />}
            <LayoutSection />
            <Separator className="menu-line" />
            <MenuItem className="option" onAction={() => setSheet('devices')}>
              {t('more.devices')}
            </MenuItem>
            <MenuItem className="option" onAction={() => setSheet('stats')}>
              {t('more.stats')}
            </MenuItem>
            <MenuItem className="option" onAction={() => setSheet('keys')}>
              {t('more.keys')}
            </MenuItem>
            {document.fullscreenEnabled && (
              <MenuItem className="option" onAction={toggleFullscreen}>
                {t('more.fullscreen')}
              </MenuItem>
            )}
            <MenuItem className="option" onAction={() => copy('guest')}>
              {t('more.copy')}
            </MenuItem>
          </Menu>
        </Popover>
      </MenuTrigger>
      <Suspense fallback={null}>
        {sheet && <Sheet name={sheet} onClose={() => setSheet(null)} />}
      </Suspense>
    </>
  );
}

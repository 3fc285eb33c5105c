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
  Text,
} from 'react-aria-components';
import { wayOf } from '../call/door';
import { amOwner, denialOf, settingsOf } from '../call/rules';
import type { Layout, State } from '../call/state';
import { usePart, useTell } from './call';
import { useCopy } from './copy';
import { useT, withTexts } from './i18n';
import { useNarrow } from './narrow';
import { useShortcuts } from './shortcuts';
import { Tool, canShare } from './Toolbar';
import { useWhy } from './why';

const Sheet = lazy(() => withTexts(import('./Sheet')).then((m) => ({ default: m.Sheet })));

export type SheetName = 'devices' | 'stats' | 'keys' | 'rooms';
const LAYOUTS: readonly Layout[] = ['auto', 'grid', 'speaker', 'filmstrip'];

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
  const why = useWhy(usePart((state) => denialOf(state, 'share')));
  const denied = sharing ? null : why;
  return (
    <MenuSection aria-label={t('tool.bar')}>
      {canShare() && (
        <MenuItem
          className="option"
          textValue={t(sharing ? 'tool.unshare' : 'tool.share')}
          data-denied={denied !== null}
          onAction={() => tell({ t: 'toggle_screen' })}
        >
          <span>
            <Text slot="label">{t(sharing ? 'tool.unshare' : 'tool.share')}</Text>
            {denied !== null && <Text slot="description">{denied}</Text>}
          </span>
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

/** One's own recording, where the browser can make one. */
function RecordItem() {
  const t = useT();
  const tell = useTell();
  const on = usePart((state) => state.consent.phase !== 'off');
  const why = useWhy(usePart((state) => denialOf(state, 'record')));
  const denied = on ? null : why;
  return (
    <MenuItem
      className="option"
      textValue={t('record.open')}
      data-denied={denied !== null}
      onAction={() => tell({ t: 'show_recording', shown: true })}
    >
      <span>
        <Text slot="label">{t('record.open')}</Text>
        {denied !== null && <Text slot="description">{denied}</Text>}
      </span>
    </MenuItem>
  );
}

/** What another profile locks could not be kept in a room, which has the standard one. */
function mayPlanRooms(state: State): boolean {
  return amOwner(state) && wayOf(state) === null && settingsOf(state)?.profile === 'default';
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
  const tell = useTell();
  const rooms = usePart(mayPlanRooms);
  const drawing = usePart((state) => state.drawing.shown);
  const [sheet, setSheet] = useState<SheetName | null>(null);
  useShortcuts(() => setSheet('keys'));
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
            <MenuItem
              className="option"
              onAction={() => tell({ t: 'show_board', shown: !drawing })}
            >
              {t(drawing ? 'board.hide' : 'board.menu')}
            </MenuItem>
            {rooms && (
              <MenuItem className="option" onAction={() => setSheet('rooms')}>
                {t('rooms.menu')}
              </MenuItem>
            )}
            {'MediaRecorder' in globalThis && <RecordItem />}
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

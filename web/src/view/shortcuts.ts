/*
 * What it is: keyboard shortcuts: Alt and a letter, by the place of the key on the board; none of a
 * letter alone (WCAG 2.1.4). None while somebody types: there Alt makes letters on some boards.
 */
import { useEffect, useRef } from 'react';
import type { Store } from '../call/store';
import type { Panel } from '../call/state';
import { useCall } from './call';

export const SHORTCUTS = [
  { what: 'mic', letter: 'A', code: 'KeyA' },
  { what: 'camera', letter: 'V', code: 'KeyV' },
  { what: 'share', letter: 'S', code: 'KeyS' },
  { what: 'people', letter: 'U', code: 'KeyU' },
  { what: 'chat', letter: 'H', code: 'KeyH' },
  { what: 'hand', letter: 'Y', code: 'KeyY' },
  { what: 'leave', letter: 'L', code: 'KeyL' },
  { what: 'help', letter: 'K', code: 'KeyK' },
] as const;
type What = (typeof SHORTCUTS)[number]['what'];

function press(store: Store, what: What, onHelp: () => void): void {
  const panel = (one: Panel) =>
    store.tell({ t: 'open_panel', panel: store.get().panel === one ? null : one });
  switch (what) {
    case 'mic':
      return store.tell({ t: 'toggle_mic' });
    case 'camera':
      return store.tell({ t: 'toggle_camera' });
    case 'share':
      return store.tell({ t: 'toggle_screen' });
    case 'people':
      return panel('people');
    case 'chat':
      return panel('chat');
    case 'hand':
      return store.tell({ t: 'toggle_hand' });
    case 'leave':
      /* As the button does: a host is asked whether to leave or to end. */
      return document.getElementById('tool-leave')?.click();
    case 'help':
      return onHelp();
    default:
      return what satisfies never;
  }
}

const TYPES = 'input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable=true]';

function isTyping({ target }: KeyboardEvent): boolean {
  return target instanceof Element && target.closest(TYPES) !== null;
}

/** onHelp may be a new function at each drawing. */
export function useShortcuts(onHelp: () => void): void {
  const { store } = useCall();
  const help = useRef(onHelp);
  useEffect(() => {
    help.current = onHelp;
  });
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (isTyping(event)) return;
      if (!event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || event.repeat) return;
      if (event.getModifierState('AltGraph')) return;
      const found = SHORTCUTS.find((one) => one.code === event.code);
      if (!found) return;
      event.preventDefault();
      press(store, found.what, help.current);
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [store]);
}

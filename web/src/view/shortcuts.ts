/*
 * What it is: keyboard shortcuts: Alt and a letter, by the place of the key on the board.
 */
import { useEffect } from 'react';
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
] as const;
type What = (typeof SHORTCUTS)[number]['what'];

function press(store: Store, what: What): void {
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
    default:
      return what satisfies never;
  }
}

export function useShortcuts(): void {
  const { store } = useCall();
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (!event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || event.repeat) return;
      if (event.getModifierState('AltGraph')) return;
      const found = SHORTCUTS.find((one) => one.code === event.code);
      if (!found) return;
      event.preventDefault();
      press(store, found.what);
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [store]);
}

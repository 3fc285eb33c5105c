/*
 * What it is: the meeting's side of an embedded meeting; loaded only when the page is in a frame.
 * The browser lets only pages of the operator's embed_origins frame us (frame-ancestors). Of those, the window
 * around us is heard and told, and nobody else; what it may know is in state.ts, what it may ask in messages.ts.
 */
import type { Store } from '../call/store';
import { readToFrame, writeMessage } from './messages';
import type { MeetingState, ToFrame } from './messages';
import { watchDevices } from './note';
import { sameState, stateFor } from './state';

/** Whoever framed us cannot make the door open by itself: joining takes a gesture in this very frame. */
function demandGesture(): void {
  const judge = (event: Event): void => {
    const active = (navigator.userActivation as UserActivation | undefined)?.isActive ?? true;
    if (event.isTrusted && active) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  };
  addEventListener('submit', judge, { capture: true });
}

/** The page around, once it has said hello: its origin is kept, and nothing goes to any other. */
class Around {
  private origin: string | null = null;
  private told: MeetingState | null = null;

  constructor(private readonly store: Store) {}

  readonly tell = (): void => {
    const now = stateFor(this.store.get());
    if (this.origin === null || (this.told && sameState(now, this.told))) return;
    this.told = now;
    window.parent.postMessage(writeMessage({ t: 'state', ...now }), this.origin);
  };

  readonly hear = ({ source, origin, data }: MessageEvent<unknown>): void => {
    if (source !== window.parent || !origin.startsWith('https://')) return;
    if (this.origin !== null && origin !== this.origin) return;
    const message = readToFrame(data);
    if (message) this.take(message, origin);
  };

  private take(message: ToFrame, origin: string): void {
    const { page, own } = this.store.get();
    switch (message.t) {
      case 'hello':
        this.origin = origin;
        this.told = null;
        return this.tell();
      case 'mute':
        if (this.origin !== null && own.mic.phase === 'on') this.store.tell({ t: 'toggle_mic' });
        return;
      case 'leave':
        if (this.origin !== null && (page === 'meeting' || page === 'waiting'))
          this.store.tell({ t: 'leave' });
        return;
      default:
        return message satisfies never;
    }
  }
}

export function beFramed(store: Store): void {
  const around = new Around(store);
  demandGesture();
  watchDevices(store);
  store.subscribe(around.tell);
  addEventListener('message', around.hear);
  /* Tells nothing but that we listen now: the page's origin is not known yet. */
  window.parent.postMessage(writeMessage({ t: 'ready' }), '*');
}

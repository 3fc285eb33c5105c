/*
 * What it is: /embed/conclave.js, which a page of another origin loads to show a meeting in a frame.
 * public/embed/conclave.d.ts is its contract. The link goes into the frame's address and nowhere else; messages
 * are taken from that frame's window and that server's origin alone.
 */
import type * as Contract from '../../public/embed/conclave';
import { readToPage, writeMessage } from './messages';
import type { MeetingState, ToFrame } from './messages';

type Event = Parameters<Contract.EmbeddedMeeting['on']>[0];
type Hearer = (state: MeetingState) => void;

const ALLOW = 'camera; microphone; display-capture; fullscreen; autoplay; clipboard-write; picture-in-picture; '
  + 'speaker-selection; screen-wake-lock';
const MEETING = /^\/m\/(?:[a-z0-9-]{1,11}-)?[a-z2-7]{20}$/;
const OUTSIDE: MeetingState = { phase: 'outside', muted: true, people: 0 };

/** The address for the frame. */
function addressOf(options: Contract.EmbedOptions): URL {
  const isLink = 'link' in options;
  const url = new URL(isLink ? options.link : options.server);
  const path = isLink ? MEETING.test(url.pathname) && url.hash !== '' : url.pathname === '/' && url.hash === '';
  if (url.protocol !== 'https:' || url.username !== '' || url.search !== '' || !path)
    throw new TypeError(isLink ? 'not the link of a meeting' : 'not the address of a server');
  return url;
}

function frameOf(title: string, url: URL): HTMLIFrameElement {
  const frame = document.createElement('iframe');
  frame.title = title;
  frame.allow = ALLOW;
  frame.allowFullscreen = true;
  frame.referrerPolicy = 'no-referrer';
  frame.style.cssText = 'border:0;width:100%;height:100%;min-height:420px';
  frame.src = url.href;
  return frame;
}

class Meeting implements Contract.EmbeddedMeeting {
  readonly frame: HTMLIFrameElement;
  state = OUTSIDE;
  private readonly server: string;
  private readonly hearers: Record<Event, Set<Hearer>> = { joined: new Set(), left: new Set(), change: new Set() };

  constructor(into: Element, options: Contract.EmbedOptions) {
    const url = addressOf(options);
    this.server = url.origin;
    this.frame = frameOf(options.title ?? 'Conclave', url);
    addEventListener('message', this.hear);
    into.append(this.frame);
  }

  on(event: Event, call: Hearer): () => void {
    this.hearers[event].add(call);
    return () => void this.hearers[event].delete(call);
  }

  mute(): void {
    this.tell({ t: 'mute' });
  }

  leave(): void {
    this.tell({ t: 'leave' });
  }

  remove(): void {
    removeEventListener('message', this.hear);
    this.frame.remove();
  }

  private tell(message: ToFrame): void {
    this.frame.contentWindow?.postMessage(writeMessage(message), this.server);
  }

  private readonly hear = ({ source, origin, data }: MessageEvent<unknown>): void => {
    if (source === null || source !== this.frame.contentWindow || origin !== this.server) return;
    const message = readToPage(data);
    if (message?.t === 'ready') return this.tell({ t: 'hello' });
    if (message) this.take({ phase: message.phase, muted: message.muted, people: message.people });
  };

  private take(next: MeetingState): void {
    const { phase } = this.state;
    this.state = next;
    if (next.phase !== phase && next.phase !== 'outside') this.call(next.phase, next);
    this.call('change', next);
  }

  private call(event: Event, state: MeetingState): void {
    for (const hearer of [...this.hearers[event]]) hearer(state);
  }
}

export const embedMeeting: typeof Contract.embedMeeting = (into, options) => new Meeting(into, options);

/*
 * What it is: the page's side of both workers. Only texts, requests and transforms pass here; keys
 * go from worker to worker over a channel that the page gives away at once.
 */
import type { FramesToPage, FromKeysInner, PageToFrames, PageToKeys } from './news';
import type { E2ee, FromKeys, KeysOpen, NewMeeting, ToKeys, TransformOptions } from './port';
import { scriptUrl } from './trusted';

interface Workers {
  readonly keys: Worker;
  readonly frames: Worker;
}

function start(name: 'keys' | 'frames'): Worker {
  return new Worker(scriptUrl(name), { type: 'module', name });
}

/** Chromium has no generateKeyFrame in the worker; the sender itself can ask its encoder. */
function askKeyFrame(sender: RTCRtpSender): void {
  const parameters = sender.getParameters();
  const encodingOptions = parameters.encodings.map(() => ({ keyFrame: true }));
  const set = sender.setParameters as (
    parameters: RTCRtpSendParameters,
    options: { encodingOptions: { keyFrame: boolean }[] },
  ) => Promise<void>;
  void set.call(sender, parameters, { encodingOptions }).catch(() => undefined);
}

/** Makes a meeting's link and its signed description, in a worker of its own. */
export function makeMeeting(waitingRoom = false): Promise<NewMeeting> {
  return new Promise((resolve, reject) => {
    const keys = start('keys');
    keys.onmessage = ({ data }: MessageEvent<FromKeysInner>) => {
      keys.terminate();
      if (data.t === 'made') resolve(data.meeting);
      else reject(new Error(data.t === 'failed' ? data.why : data.t));
    };
    keys.onerror = () => {
      keys.terminate();
      reject(new Error('the worker did not start'));
    };
    keys.postMessage({ t: 'make', waitingRoom } satisfies PageToKeys);
  });
}

class E2eeClient implements E2ee {
  private workers: Workers | undefined;
  private readonly ears = new Set<(message: FromKeys) => void>();
  private readonly senders = new Map<number, RTCRtpSender>();
  private last = 0;
  private opened = false;

  warm(): void {
    this.get();
  }

  open(open: KeysOpen): void {
    if (this.opened) this.close();
    this.opened = true;
    this.tell({ t: 'open', open });
  }

  tell(message: ToKeys): void {
    this.get().keys.postMessage(message satisfies PageToKeys);
  }

  attach(on: RTCRtpSender | RTCRtpReceiver, options: TransformOptions): void {
    const { frames } = this.get();
    if (options.dir === 'recv') {
      on.transform = new RTCRtpScriptTransform(frames, options);
      return;
    }
    const sender = ++this.last;
    this.senders.set(sender, on as RTCRtpSender);
    on.transform = new RTCRtpScriptTransform(frames, { ...options, sender });
  }

  carry(on: boolean): void {
    this.workers?.frames.postMessage({ t: 'carry', on } satisfies PageToFrames);
  }

  onMessage(hear: (message: FromKeys) => void): void {
    this.ears.add(hear);
  }

  close(): void {
    this.workers?.keys.terminate();
    this.workers?.frames.terminate();
    this.workers = undefined;
    this.opened = false;
    this.senders.clear();
  }

  /** Both are made together: each holds one end of the channel. */
  private get(): Workers {
    if (this.workers) return this.workers;
    const workers = { keys: start('keys'), frames: start('frames') };
    const { port1, port2 } = new MessageChannel();
    workers.keys.postMessage({ t: 'channel', port: port1 } satisfies PageToKeys, [port1]);
    workers.frames.postMessage({ t: 'channel', port: port2 } satisfies PageToFrames, [port2]);
    workers.keys.onmessage = ({ data }: MessageEvent<FromKeysInner>) => {
      if (this.workers === workers && data.t !== 'made') this.say(data);
    };
    const failed = (event: ErrorEvent) => this.say({ t: 'failed', why: event.message });
    workers.keys.onerror = failed;
    workers.frames.onerror = failed;
    workers.frames.onmessage = ({ data }: MessageEvent<FramesToPage>) => {
      if (data.t === 'slot') return this.say(data);
      const sender = this.senders.get(data.sender);
      if (sender) askKeyFrame(sender);
    };
    this.workers = workers;
    return workers;
  }

  private say(message: FromKeys): void {
    for (const hear of this.ears) hear(message);
  }
}

export function createE2ee(): E2ee {
  return new E2eeClient();
}

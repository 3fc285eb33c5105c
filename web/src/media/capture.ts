/*
 * What it is: opening and letting go of microphones, cameras and screens.
 * Knows: getUserMedia and its errors. Called only for effects that a person's own gesture caused.
 * Owns: the tracks it opened, and the noise suppression behind a microphone, until release().
 */
import type { CaptureProblem, CaptureSource, DeviceInfo, DeviceLists } from '../call/state';
import type { Fact } from '../call/events';
import type { Suppression } from '../noise/suppress';
import type { Board } from './board';

export type CaptureReport = Extract<
  Fact,
  { t: 'captured' | 'capture_failed' | 'capture_ended' | 'devices_found' | 'noise_failed' }
>;

type OwnKey = CaptureSource | 'screen_audio';
/** What came of one open(); the suppression's track takes the place of the microphone's. */
interface Opened {
  readonly stream: MediaStream;
  readonly clean?: Suppression | undefined;
}

function problemOf(error: unknown): CaptureProblem {
  switch (error instanceof DOMException ? error.name : '') {
    case 'NotAllowedError':
    case 'SecurityError':
      return 'denied';
    case 'NotFoundError':
    case 'OverconstrainedError':
      return 'missing';
    case 'NotReadableError':
    case 'AbortError':
      return 'in_use';
    default:
      return 'failed';
  }
}

interface Wanted {
  readonly source: 'mic' | 'camera';
  /** '' is the system's choice. */
  readonly device: string;
  /** Our own noise suppression follows: the browser's is turned off, one is enough. */
  readonly clean: boolean;
}

function constraints({ source, device, clean }: Wanted): MediaStreamConstraints {
  const chosen = device === '' ? {} : { deviceId: { exact: device } };
  if (source === 'mic') {
    const better = { echoCancellation: true, noiseSuppression: !clean, autoGainControl: true };
    return { audio: { ...better, ...chosen } };
  }
  const size = {
    width: { ideal: 1280 },
    height: { ideal: 720 },
    frameRate: { ideal: 30, max: 30 },
  };
  return { video: { ...size, ...chosen } };
}

async function openDevice(wanted: Wanted): Promise<MediaStream> {
  try {
    return await navigator.mediaDevices.getUserMedia(constraints(wanted));
  } catch (error) {
    if (wanted.device === '' || problemOf(error) !== 'missing') throw error;
    return navigator.mediaDevices.getUserMedia(constraints({ ...wanted, device: '' }));
  }
}

function openScreen(): Promise<MediaStream> {
  return navigator.mediaDevices.getDisplayMedia({
    video: { frameRate: { ideal: 15, max: 30 }, width: { max: 2560 }, height: { max: 1440 } },
    audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false },
  });
}

function listed(devices: MediaDeviceInfo[], kind: MediaDeviceKind): DeviceInfo[] {
  return devices
    .filter((one) => one.kind === kind && one.deviceId !== '' && one.label !== '')
    .map((one) => ({ id: one.deviceId, label: one.label }));
}

async function findDevices(): Promise<DeviceLists> {
  const all = await navigator.mediaDevices.enumerateDevices();
  return {
    mic: listed(all, 'audioinput'),
    camera: listed(all, 'videoinput'),
    speaker: listed(all, 'audiooutput'),
  };
}

function stop({ stream, clean }: Opened): void {
  clean?.end();
  stream.getTracks().forEach((track) => track.stop());
}

export class Capture {
  private readonly turns = { mic: 0, camera: 0, screen: 0 };
  /** What stands behind a cleaned microphone on the board. */
  private cleaned: Opened | undefined;

  constructor(
    private readonly board: Board,
    private readonly report: (fact: CaptureReport) => void,
  ) {
    navigator.mediaDevices?.addEventListener('devicechange', () => void this.look());
  }

  /**
   * Opens the device; a later open() or release() of the same source wins over this one.
   * clean: of a microphone, with noise suppression; where that fails nothing stays open.
   */
  async open(source: CaptureSource, device: string, clean = false): Promise<void> {
    const turn = ++this.turns[source];
    const late = () => turn !== this.turns[source];
    try {
      const stream = await (source === 'screen' ? openScreen() : openDevice({ source, device, clean }));
      if (late()) return stop({ stream });
      const opened = clean ? await this.clean(stream) : { stream };
      if (late()) return opened && stop(opened);
      if (!opened) return this.report({ t: 'noise_failed' });
      this.hang(source, opened);
      this.report({ t: 'captured', source, audio: stream.getAudioTracks().length > 0 });
      await this.look();
    } catch (error) {
      if (late()) return;
      const why = problemOf(error);
      const cancelled = source === 'screen' && why === 'denied';
      this.report({ t: 'capture_failed', source, why: cancelled ? 'cancelled' : why });
    }
  }

  release(source: CaptureSource): void {
    this.turns[source]++;
    this.put(source, undefined);
    if (source === 'screen') this.put('screen_audio', undefined);
  }

  /** The microphone behind the noise suppression; undefined, and the device let go, where it fails. */
  private async clean(stream: MediaStream): Promise<Opened | undefined> {
    const opened: { stream: MediaStream; clean?: Suppression } = { stream };
    const broken = () => {
      if (this.cleaned === opened) this.report({ t: 'noise_failed' });
    };
    try {
      const [raw] = stream.getAudioTracks();
      const { suppress } = await import('../noise/suppress');
      if (raw) opened.clean = await suppress(raw, broken);
      return opened;
    } catch (error) {
      console.warn('noise', error instanceof Error ? error.message : error);
      stop(opened);
      return undefined;
    }
  }

  private hang(source: CaptureSource, opened: Opened): void {
    const { stream, clean } = opened;
    const main = source === 'mic' ? stream.getAudioTracks()[0] : stream.getVideoTracks()[0];
    const shown = clean?.track ?? main;
    if (main && source === 'screen') main.contentHint = 'detail';
    main?.addEventListener('ended', () => {
      if (this.board.get(`own:${source}`) === shown) this.report({ t: 'capture_ended', source });
    });
    this.put(source, shown);
    if (clean) this.cleaned = opened;
    if (source === 'screen') this.put('screen_audio', stream.getAudioTracks()[0]);
  }

  private put(source: OwnKey, track: MediaStreamTrack | undefined): void {
    const before = this.board.get(`own:${source}`);
    this.board.set(`own:${source}`, track);
    if (before !== track) before?.stop();
    if (source !== 'mic' || !this.cleaned) return;
    stop(this.cleaned);
    this.cleaned = undefined;
  }

  private async look(): Promise<void> {
    const devices = await findDevices().catch(() => undefined);
    if (devices) this.report({ t: 'devices_found', devices });
  }
}

/*
 * What it is: opening and letting go of microphones, cameras and screens.
 * Knows: getUserMedia and its errors. Called only for effects that a person's own gesture caused.
 * Owns: the tracks it opened, and what treats a microphone's or a camera's, until release().
 */
import type { CaptureProblem, CaptureSource, DeviceInfo, DeviceLists } from '../call/state';
import type { Fact } from '../call/events';
import type { Board } from './board';

export type CaptureReport = Extract<
  Fact,
  { t: 'captured' | 'capture_failed' | 'capture_ended' | 'devices_found' | 'noise_failed' | 'blur_failed' }
>;

type OwnKey = CaptureSource | 'screen_audio';
type Treatable = 'mic' | 'camera';
/** Noise suppression or background blur at work. */
interface Treatment {
  readonly track: MediaStreamTrack;
  end(): void;
}
/** What came of one open(); the treated track takes the place of the device's own. */
interface Opened {
  readonly stream: MediaStream;
  readonly treatment?: Treatment | undefined;
}

const FAILED = { mic: 'noise_failed', camera: 'blur_failed' } as const;

/** Starts what treats a source's raw track; broken: it stopped by itself, later. */
async function treat(source: Treatable, raw: MediaStreamTrack, broken: () => void): Promise<Treatment> {
  if (source === 'mic') return (await import('../noise/suppress')).suppress(raw, broken);
  return (await import('../blur/effect')).blur(raw, broken);
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
  readonly source: Treatable;
  /** '' is the system's choice. */
  readonly device: string;
  /** Our own noise suppression follows: the browser's is turned off; or our blur: a smaller picture. */
  readonly treated: boolean;
}

function constraints({ source, device, treated }: Wanted): MediaStreamConstraints {
  const chosen = device === '' ? {} : { deviceId: { exact: device } };
  if (source === 'mic') {
    const better = { echoCancellation: true, noiseSuppression: !treated, autoGainControl: true };
    return { audio: { ...better, ...chosen } };
  }
  const size = {
    width: { ideal: treated ? 640 : 1280 },
    height: { ideal: treated ? 360 : 720 },
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

function stop({ stream, treatment }: Opened): void {
  treatment?.end();
  stream.getTracks().forEach((track) => track.stop());
}

export class Capture {
  private readonly turns = { mic: 0, camera: 0, screen: 0 };
  /** What stands behind the treated tracks on the board. */
  private readonly behind: Partial<Record<OwnKey, Opened>> = {};

  constructor(
    private readonly board: Board,
    private readonly report: (fact: CaptureReport) => void,
  ) {
    navigator.mediaDevices?.addEventListener('devicechange', () => void this.look());
  }

  /**
   * Opens the device; a later open() or release() of the same source wins over this one.
   * treated: a microphone with noise suppression, a camera with its background blurred; where that
   * fails nothing stays open.
   */
  async open(source: CaptureSource, device: string, treated = false): Promise<void> {
    const turn = ++this.turns[source];
    const late = () => turn !== this.turns[source];
    try {
      const stream = await (source === 'screen' ? openScreen() : openDevice({ source, device, treated }));
      if (late()) return stop({ stream });
      const opened = treated && source !== 'screen' ? await this.treated(source, stream) : { stream };
      if (late()) return opened && stop(opened);
      if (!opened) return source === 'screen' ? undefined : this.report({ t: FAILED[source] });
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

  /** The stream behind its treatment; undefined, and the device let go, where that fails. */
  private async treated(source: Treatable, stream: MediaStream): Promise<Opened | undefined> {
    const opened: { stream: MediaStream; treatment?: Treatment } = { stream };
    const broken = () => {
      if (this.behind[source] === opened) this.report({ t: FAILED[source] });
    };
    try {
      const [raw] = stream.getTracks();
      if (raw) opened.treatment = await treat(source, raw, broken);
      return opened;
    } catch (error) {
      console.warn(FAILED[source], error instanceof Error ? error.message : error);
      stop(opened);
      return undefined;
    }
  }

  private hang(source: CaptureSource, opened: Opened): void {
    const { stream, treatment } = opened;
    const main = source === 'mic' ? stream.getAudioTracks()[0] : stream.getVideoTracks()[0];
    const shown = treatment?.track ?? main;
    if (main && source === 'screen') main.contentHint = 'detail';
    main?.addEventListener('ended', () => {
      if (this.board.get(`own:${source}`) === shown) this.report({ t: 'capture_ended', source });
    });
    this.put(source, shown);
    if (treatment) this.behind[source] = opened;
    if (source === 'screen') this.put('screen_audio', stream.getAudioTracks()[0]);
  }

  private put(source: OwnKey, track: MediaStreamTrack | undefined): void {
    const before = this.board.get(`own:${source}`);
    this.board.set(`own:${source}`, track);
    if (before !== track) before?.stop();
    const treated = this.behind[source];
    if (!treated) return;
    delete this.behind[source];
    stop(treated);
  }

  private async look(): Promise<void> {
    const devices = await findDevices().catch(() => undefined);
    if (devices) this.report({ t: 'devices_found', devices });
  }
}

/*
 * What it is: opening and letting go of microphones, cameras and screens.
 * Knows: getUserMedia and its errors. Called only for effects that a person's own gesture caused.
 * Owns: the tracks it opened, until release().
 */
import type { CaptureProblem, CaptureSource, DeviceInfo, DeviceLists } from '../call/state';
import type { Fact } from '../call/events';
import type { Board } from './board';

export type CaptureReport = Extract<
  Fact,
  { t: 'captured' | 'capture_failed' | 'capture_ended' | 'devices_found' }
>;

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

function constraints(source: 'mic' | 'camera', device: string): MediaStreamConstraints {
  const chosen = device === '' ? {} : { deviceId: { exact: device } };
  if (source === 'mic') {
    const clean = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
    return { audio: { ...clean, ...chosen } };
  }
  const size = {
    width: { ideal: 1280 },
    height: { ideal: 720 },
    frameRate: { ideal: 30, max: 30 },
  };
  return { video: { ...size, ...chosen } };
}

async function openDevice(source: 'mic' | 'camera', device: string): Promise<MediaStream> {
  try {
    return await navigator.mediaDevices.getUserMedia(constraints(source, device));
  } catch (error) {
    if (device === '' || problemOf(error) !== 'missing') throw error;
    return navigator.mediaDevices.getUserMedia(constraints(source, ''));
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

export class Capture {
  private readonly turns = { mic: 0, camera: 0, screen: 0 };

  constructor(
    private readonly board: Board,
    private readonly report: (fact: CaptureReport) => void,
  ) {
    navigator.mediaDevices?.addEventListener('devicechange', () => void this.look());
  }

  /** Opens the device; a later open() or release() of the same source wins over this one. */
  async open(source: CaptureSource, device: string): Promise<void> {
    const turn = ++this.turns[source];
    try {
      const stream = source === 'screen' ? await openScreen() : await openDevice(source, device);
      if (turn !== this.turns[source]) return stream.getTracks().forEach((track) => track.stop());
      this.hang(source, stream);
      this.report({ t: 'captured', source, audio: stream.getAudioTracks().length > 0 });
      await this.look();
    } catch (error) {
      if (turn !== this.turns[source]) return;
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

  private hang(source: CaptureSource, stream: MediaStream): void {
    const main = source === 'mic' ? stream.getAudioTracks()[0] : stream.getVideoTracks()[0];
    if (main && source === 'screen') main.contentHint = 'detail';
    main?.addEventListener('ended', () => {
      if (this.board.get(`own:${source}`) === main) this.report({ t: 'capture_ended', source });
    });
    this.put(source, main);
    if (source === 'screen') this.put('screen_audio', stream.getAudioTracks()[0]);
  }

  private put(source: CaptureSource | 'screen_audio', track: MediaStreamTrack | undefined): void {
    const before = this.board.get(`own:${source}`);
    this.board.set(`own:${source}`, track);
    if (before !== track) before?.stop();
  }

  private async look(): Promise<void> {
    const devices = await findDevices().catch(() => undefined);
    if (devices) this.report({ t: 'devices_found', devices });
  }
}

import { beforeEach, describe, expect, it, vi } from 'vitest';
import { step } from '../src/call/step';
import { FIRST_STATE } from '../src/call/state';
import type { Fact } from '../src/call/events';
import type { State } from '../src/call/state';
import { Board } from '../src/media/board';
import { Capture } from '../src/media/capture';
import type { CaptureReport } from '../src/media/capture';

/* The suppression itself runs in browsers: tests/e2e. Here it is a promise that the test keeps. */
interface Asked {
  readonly raw: FakeTrack;
  readonly broken: () => void;
  readonly made: FakeTrack;
  ended: boolean;
  yes(): void;
  no(): void;
}
const asked: Asked[] = vi.hoisted(() => []);
vi.mock('../src/noise/suppress', () => ({
  suppress: (raw: FakeTrack, broken: () => void) =>
    new Promise((done, fail) => {
      const made = new FakeTrack();
      const one: Asked = {
        raw,
        broken,
        made,
        ended: false,
        yes: () => done({ track: made, end: () => (one.ended = true) }),
        no: () => fail(new Error('no model')),
      };
      asked.push(one);
    }),
}));

class FakeTrack extends EventTarget {
  stopped = false;
  stop(): void {
    this.stopped = true;
  }
}

const wanted: MediaTrackConstraints[] = [];

function fakeDevices(): void {
  const mediaDevices = {
    addEventListener: () => undefined,
    enumerateDevices: () => Promise.resolve([]),
    getUserMedia: ({ audio }: { audio: MediaTrackConstraints }) => {
      wanted.push(audio);
      const track = new FakeTrack();
      return Promise.resolve({ getTracks: () => [track], getAudioTracks: () => [track] });
    },
  };
  vi.stubGlobal('navigator', { mediaDevices });
}

function captured() {
  const board = new Board();
  const told: CaptureReport[] = [];
  const capture = new Capture(board, (fact) => told.push(fact));
  const names = () => told.map((one) => one.t).filter((one) => one !== 'devices_found');
  const shown = () => board.get('own:mic') as unknown as FakeTrack | undefined;
  return { capture, names, shown };
}

/** The suppression that is asked for next. */
async function next(): Promise<Asked> {
  await vi.waitUntil(() => asked.length > 0);
  return asked.shift() as Asked;
}

beforeEach(() => {
  asked.length = wanted.length = 0;
  vi.spyOn(console, 'warn').mockReturnValue(undefined);
  fakeDevices();
});

describe('a microphone with noise suppression', () => {
  it('shows the cleaned track, and the browser suppresses nothing itself', async () => {
    const { capture, names, shown } = captured();
    const done = capture.open('mic', '', true);
    const one = await next();
    expect(shown()).toBeUndefined();
    one.yes();
    await done;
    expect(shown()).toBe(one.made);
    expect(wanted).toEqual([expect.objectContaining({ noiseSuppression: false })]);
    expect(names()).toEqual(['captured']);
  });

  it('without it, the browser suppresses as before', async () => {
    const { capture, shown } = captured();
    await capture.open('mic', '');
    expect(wanted).toEqual([expect.objectContaining({ noiseSuppression: true })]);
    expect(asked).toEqual([]);
    expect(shown()).toBeInstanceOf(FakeTrack);
  });

  it('lets the device go with the cleaned track', async () => {
    const { capture, shown } = captured();
    const done = capture.open('mic', '', true);
    const one = await next();
    one.yes();
    await done;
    capture.release('mic');
    expect([one.raw.stopped, one.made.stopped, one.ended]).toEqual([true, true, true]);
    expect(shown()).toBeUndefined();
  });

  it('lets the device go when another is opened, and not before', async () => {
    const { capture, shown } = captured();
    const first = capture.open('mic', '', true);
    const one = await next();
    one.yes();
    await first;
    const second = capture.open('mic', 'other', true);
    const two = await next();
    expect([one.raw.stopped, one.ended]).toEqual([false, false]);
    two.yes();
    await second;
    expect([one.raw.stopped, one.ended, two.raw.stopped, two.ended]).toEqual([true, true, false, false]);
    expect(shown()).toBe(two.made);
  });

  it('gives all back when it was turned off while the model was on its way', async () => {
    const { capture, names, shown } = captured();
    const done = capture.open('mic', '', true);
    const one = await next();
    capture.release('mic');
    one.yes();
    await done;
    expect([one.raw.stopped, one.ended]).toEqual([true, true]);
    expect(shown()).toBeUndefined();
    expect(names()).toEqual([]);
  });

  it('says that it failed, and holds nothing', async () => {
    const { capture, names, shown } = captured();
    const done = capture.open('mic', '', true);
    const one = await next();
    one.no();
    await done;
    expect(one.raw.stopped).toBe(true);
    expect(shown()).toBeUndefined();
    expect(names()).toEqual(['noise_failed']);
  });

  it('says nothing of a failure that nobody waits for', async () => {
    const { capture, names } = captured();
    const done = capture.open('mic', '', true);
    const one = await next();
    await capture.open('mic', '');
    one.no();
    await done;
    expect(one.raw.stopped).toBe(true);
    expect(names()).toEqual(['captured']);
  });

  it('hears that the device is gone from the device', async () => {
    const { capture, names } = captured();
    const done = capture.open('mic', '', true);
    const one = await next();
    one.yes();
    await done;
    one.raw.dispatchEvent(new Event('ended'));
    expect(names()).toEqual(['captured', 'capture_ended']);
  });

  it('says when it breaks while it is in use, and not later', async () => {
    const { capture, names } = captured();
    const done = capture.open('mic', '', true);
    const one = await next();
    one.yes();
    await done;
    one.broken();
    expect(names()).toEqual(['captured', 'noise_failed']);
    capture.release('mic');
    one.broken();
    expect(names()).toEqual(['captured', 'noise_failed']);
  });
});

describe('the choice of noise suppression', () => {
  const CLEAN = { t: 'capture', source: 'mic', device: '', treated: true } as const;
  const RAW = { t: 'capture', source: 'mic', device: '' } as const;
  const mic = (phase: State['own']['mic']['phase'], noise: State['noise']): State => ({
    ...FIRST_STATE,
    noise,
    own: { ...FIRST_STATE.own, mic: { phase, problem: null } },
  });
  const on: Fact = { t: 'pick_noise', on: true };

  it('is off at first, and opens no microphone', () => {
    expect(FIRST_STATE.noise).toBe('off');
    expect(step(FIRST_STATE, on)).toEqual([{ ...FIRST_STATE, noise: 'on' }, []]);
  });

  it('opens a microphone that is held anew, muted or not', () => {
    for (const phase of ['starting', 'on', 'muted'] as const) {
      const [state, effects] = step(mic(phase, 'off'), on);
      expect(effects).toEqual([CLEAN]);
      expect(state.own.mic.phase).toBe(phase);
      expect(step(state, { t: 'pick_noise', on: false })[1]).toEqual([RAW]);
    }
  });

  it('is kept when the microphone is turned on or changed', () => {
    expect(step(mic('off', 'on'), { t: 'toggle_mic' })[1]).toEqual([CLEAN]);
    const [state, effects] = step(mic('on', 'on'), { t: 'pick_device', kind: 'mic', id: 'b' });
    expect(effects).toEqual([{ ...CLEAN, device: 'b' }]);
    expect(state.noise).toBe('on');
  });

  it('is of the microphone alone', () => {
    expect(step(mic('off', 'on'), { t: 'toggle_camera' })[1]).toEqual([{ ...RAW, source: 'camera' }]);
  });

  it('goes on without it where it fails, and says so', () => {
    for (const phase of ['starting', 'on', 'muted'] as const) {
      const [state, effects] = step({ ...mic(phase, 'on'), page: 'meeting' }, { t: 'noise_failed' });
      expect(state.noise).toBe('failed');
      expect(state.own.mic.phase).toBe(phase);
      expect(effects).toContainEqual(RAW);
      expect(state.toasts.map(({ notice }) => notice.is)).toEqual(['noise_failed']);
    }
    expect(step(mic('off', 'on'), { t: 'noise_failed' })[1]).toEqual([]);
  });

  it('is not touched by a failure that comes after it was turned off', () => {
    const state = mic('on', 'off');
    expect(step(state, { t: 'noise_failed' })).toEqual([state, []]);
  });
});

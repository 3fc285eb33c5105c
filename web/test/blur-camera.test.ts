import { beforeEach, describe, expect, it, vi } from 'vitest';
import { step } from '../src/call/step';
import { FIRST_STATE } from '../src/call/state';
import type { State } from '../src/call/state';
import { Board } from '../src/media/board';
import { Capture } from '../src/media/capture';
import type { CaptureReport } from '../src/media/capture';

/* The blur itself runs in browsers: tests/e2e. Here it is a promise that the test keeps. */
interface Asked {
  readonly raw: FakeTrack;
  readonly broken: () => void;
  readonly made: FakeTrack;
  ended: boolean;
  yes(): void;
  no(): void;
}
const asked: Asked[] = vi.hoisted(() => []);
vi.mock('../src/blur/effect', () => ({
  blur: (raw: FakeTrack, broken: () => void) =>
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

/** Everything that was ever on the board as one's own camera. */
function captured() {
  const board = new Board();
  const seen: unknown[] = [];
  board.subscribe(() => seen.push(board.get('own:camera')));
  const told: CaptureReport[] = [];
  const capture = new Capture(board, (fact) => told.push(fact));
  const names = () => told.map((one) => one.t).filter((one) => one !== 'devices_found');
  return { capture, names, seen };
}

async function next(): Promise<Asked> {
  await vi.waitUntil(() => asked.length > 0);
  return asked.shift() as Asked;
}

beforeEach(() => {
  asked.length = 0;
  vi.spyOn(console, 'warn').mockReturnValue(undefined);
  const mediaDevices = {
    addEventListener: () => undefined,
    enumerateDevices: () => Promise.resolve([]),
    getUserMedia: () => {
      const tracks = [new FakeTrack()];
      const all = () => tracks;
      return Promise.resolve({ getTracks: all, getVideoTracks: all, getAudioTracks: () => [] });
    },
  };
  vi.stubGlobal('navigator', { mediaDevices });
});

describe('a camera with its background blurred', () => {
  it('shows the blurred track and never the raw one, and lets both go', async () => {
    const { capture, names, seen } = captured();
    const done = capture.open('camera', '', true);
    const one = await next();
    expect(seen).toEqual([]);
    one.yes();
    await done;
    capture.release('camera');
    expect(seen).toEqual([one.made, undefined]);
    expect([one.raw.stopped, one.made.stopped, one.ended]).toEqual([true, true, true]);
    expect(names()).toEqual(['captured']);
  });

  it('changes from one camera to the other without a raw picture', async () => {
    const { capture, seen } = captured();
    const first = capture.open('camera', '', true);
    const one = await next();
    one.yes();
    await first;
    const second = capture.open('camera', 'other', true);
    const two = await next();
    expect(one.raw.stopped).toBe(false);
    two.yes();
    await second;
    expect(seen).toEqual([one.made, two.made]);
    expect([one.raw.stopped, one.ended, two.raw.stopped]).toEqual([true, true, false]);
  });

  it('shows nothing where it fails, lets the camera go and says so', async () => {
    const { capture, names, seen } = captured();
    const done = capture.open('camera', '', true);
    const one = await next();
    one.no();
    await done;
    expect(seen).toEqual([]);
    expect(one.raw.stopped).toBe(true);
    expect(names()).toEqual(['blur_failed']);
  });

  it('gives all back when the camera was turned off meanwhile', async () => {
    const { capture, names, seen } = captured();
    const done = capture.open('camera', '', true);
    const one = await next();
    capture.release('camera');
    one.yes();
    await done;
    expect([one.raw.stopped, one.ended]).toEqual([true, true]);
    expect(seen).toEqual([]);
    expect(names()).toEqual([]);
  });

  it('says when it breaks while it is in use, and not later', async () => {
    const { capture, names } = captured();
    const done = capture.open('camera', '', true);
    const one = await next();
    one.yes();
    await done;
    one.broken();
    capture.release('camera');
    one.broken();
    expect(names()).toEqual(['captured', 'blur_failed']);
  });
});

describe('the choice of background blur', () => {
  const RAW = { t: 'capture', source: 'camera', device: '' } as const;
  const BLURRED = { ...RAW, treated: true } as const;
  const AWAY = { t: 'release', source: 'camera' } as const;
  const camera = (phase: State['own']['camera']['phase'], blur: State['blur']): State => ({
    ...FIRST_STATE,
    page: 'meeting',
    blur,
    own: { ...FIRST_STATE.own, camera: { phase, problem: null } },
  });

  it('is off at first, and opens no camera', () => {
    expect(FIRST_STATE.blur).toBe('off');
    expect(step(FIRST_STATE, { t: 'pick_blur', on: true })).toEqual([{ ...FIRST_STATE, blur: 'on' }, []]);
  });

  it('takes the open picture away before the blurred one is asked for', () => {
    for (const phase of ['starting', 'on'] as const) {
      const [state, effects] = step(camera(phase, 'off'), { t: 'pick_blur', on: true });
      expect(effects).toEqual([AWAY, BLURRED]);
      expect(state.own.camera.phase).toBe('starting');
    }
    expect(step(camera('on', 'on'), { t: 'pick_blur', on: false })[1]).toEqual([RAW]);
  });

  it('is kept when the camera is turned on or changed, and is of the camera alone', () => {
    expect(step(camera('off', 'on'), { t: 'toggle_camera' })[1]).toEqual([BLURRED]);
    const [, effects] = step(camera('on', 'on'), { t: 'pick_device', kind: 'camera', id: 'b' });
    expect(effects).toEqual([{ ...BLURRED, device: 'b' }]);
    expect(step(camera('off', 'on'), { t: 'toggle_mic' })[1]).toEqual([{ ...RAW, source: 'mic' }]);
  });

  it('where it fails the camera is off, and no raw picture comes but by one’s own hand', () => {
    for (const phase of ['starting', 'on'] as const) {
      const [state, effects] = step(camera(phase, 'on'), { t: 'blur_failed' });
      expect([state.blur, state.own.camera.phase]).toEqual(['failed', 'off']);
      expect(effects).toContainEqual(AWAY);
      expect(effects.some((one) => one.t === 'capture')).toBe(false);
      expect(state.toasts.map(({ notice }) => notice.is)).toEqual(['blur_failed']);
      const [again, tried] = step(state, { t: 'toggle_camera' });
      expect(tried).toEqual([BLURRED]);
      expect(step(again, { t: 'captured', source: 'camera', audio: false })[0].blur).toBe('on');
      const [unticked] = step(state, { t: 'pick_blur', on: false });
      expect(step(unticked, { t: 'toggle_camera' })[1]).toEqual([RAW]);
    }
  });

  it('is not touched by a failure that comes after it or the camera was turned off', () => {
    for (const state of [camera('on', 'off'), camera('off', 'on')])
      expect(step(state, { t: 'blur_failed' })).toEqual([state, []]);
  });
});

/*
 * What it is: the sound of a recording: one's own, and that of whoever agreed.
 * Owns: an audio context and everything in it, until close(). Its clock beats time for the whole
 * recording: sound goes on in a page that is covered, where timers are slowed down.
 */
import type { State } from '../call/state';
import { SLOTS, slotKey } from '../media/board';
import type { Board, BoardKey } from '../media/board';
import { DELAY, Gate, LEASE, TICK } from './gate';
import { keptSounds, voiceOf } from './kept';

interface Line {
  readonly track: MediaStreamTrack;
  readonly source: MediaStreamAudioSourceNode;
  readonly delay: DelayNode;
  readonly gain: GainNode;
}

export class Mix {
  private readonly context = new AudioContext();
  private readonly out = this.context.createMediaStreamDestination();
  private readonly lines = new Map<BoardKey, Line>();
  private readonly gates = SLOTS.map(() => new Gate());
  private over = false;

  constructor(
    private readonly board: Board,
    private readonly read: () => State,
    private readonly onBeat: () => void,
  ) {}

  get track(): MediaStreamTrack | undefined {
    return this.out.stream.getAudioTracks()[0];
  }

  start(): void {
    void this.context.resume();
    this.beat();
  }

  /** Something changed: what may not be kept any more is silent now. */
  news(): void {
    const state = this.read();
    const now = this.context.currentTime;
    const kept = new Set(keptSounds(state));
    for (const [key, { gain }] of this.lines)
      if (!key.startsWith('slot:') && !kept.has(key)) this.close(gain);
    SLOTS.forEach((slot) => {
      const line = this.lines.get(slotKey(slot));
      if (this.gates[slot]?.news(now, voiceOf(state, slot)) && line) this.close(line.gain);
    });
  }

  end(): void {
    this.over = true;
    for (const key of [...this.lines.keys()]) this.unplug(key);
    void this.context.close();
  }

  private beat(): void {
    if (this.over) return;
    this.look();
    this.onBeat();
    const clock = this.context.createConstantSource();
    clock.onended = () => this.beat();
    clock.offset.value = 0;
    clock.connect(this.context.destination);
    clock.start();
    clock.stop(this.context.currentTime + TICK);
  }

  private look(): void {
    const state = this.read();
    const now = this.context.currentTime;
    const kept = keptSounds(state);
    for (const key of this.lines.keys())
      if (!key.startsWith('slot:') && !kept.includes(key)) this.unplug(key);
    for (const key of kept) {
      const line = this.plug(key);
      if (line) this.open(line.gain, now + LEASE);
    }
    for (const slot of SLOTS) {
      const until = this.gates[slot]?.look(now, voiceOf(state, slot)) ?? null;
      const line = this.plug(slotKey(slot));
      if (line && until === null) this.close(line.gain);
      else if (line && until !== null) this.open(line.gain, until);
    }
  }

  private open(gain: GainNode, until: number): void {
    gain.gain.cancelScheduledValues(0);
    gain.gain.setValueAtTime(1, this.context.currentTime);
    gain.gain.setValueAtTime(0, until);
  }

  private close(gain: GainNode): void {
    gain.gain.cancelScheduledValues(0);
    gain.gain.setValueAtTime(0, this.context.currentTime);
  }

  private plug(key: BoardKey): Line | undefined {
    const track = this.board.get(key);
    const known = this.lines.get(key);
    if (known && known.track === track) return known;
    this.unplug(key);
    if (track?.readyState !== 'live') return undefined;
    const source = this.context.createMediaStreamSource(new MediaStream([track]));
    const delay = this.context.createDelay(2 * DELAY);
    delay.delayTime.value = DELAY;
    const gain = this.context.createGain();
    gain.gain.value = 0;
    source.connect(delay).connect(gain).connect(this.out);
    const line = { track, source, delay, gain };
    this.lines.set(key, line);
    return line;
  }

  private unplug(key: BoardKey): void {
    const line = this.lines.get(key);
    if (!line) return;
    for (const one of [line.source, line.delay, line.gain]) one.disconnect();
    this.lines.delete(key);
  }
}

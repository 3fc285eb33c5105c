/*
 * What it is: one own source (mic, camera, screen) on its way to the server.
 * Knows: how each source is encoded. The track to send hangs on the board.
 * Every sender is handed to `attach` before its first frame, which is where frames are sealed.
 * Owns: the producer, never the track. Muting takes effect at once, before any message.
 */
import type { types } from 'mediasoup-client';
import type { E2ee } from '../e2ee/port';
import type { Kind, Source } from '../wire/signal';
import type { Board } from './board';
import { Keeper } from './keeper';
import { activeOf, cameraLayers } from './layers';
import type { Lane, Produced, Request } from './lane';

export interface SenderHost {
  readonly board: Board;
  readonly lane: Lane;
  readonly request: Request;
  readonly attach: E2ee['attach'];
  /** The codec that is sent, known before the sender is. */
  codec(kind: Kind): types.RtpCodecCapability | undefined;
  onFailed(error: unknown): void;
}

/** Chromium begins at 300 kbit/s otherwise, and the large layer comes seconds late. */
const QUICK_START = { videoGoogleStartBitrate: 1_000 };

function optionsFor(source: Source, track: MediaStreamTrack): types.ProducerOptions {
  const common = { stopTracks: false, disableTrackOnPause: false, zeroRtpOnPause: false };
  switch (source) {
    case 'mic': {
      const codecOptions = { opusFec: true, opusDtx: true, opusStereo: false };
      return { ...common, zeroRtpOnPause: true, codecOptions };
    }
    case 'camera': {
      const encodings = cameraLayers(track.getSettings()).map((one) => ({ ...one }));
      return { ...common, encodings, codecOptions: QUICK_START };
    }
    case 'screen':
      return { ...common, encodings: [{ maxBitrate: 2_500_000 }], codecOptions: QUICK_START };
    case 'screen_audio':
      return { ...common, codecOptions: { opusFec: true, opusDtx: false, opusStereo: true } };
    default:
      return source satisfies never;
  }
}

/** What is not said to be unwatched is sent. */
const ALL = 4;

export class Sender {
  private want: 'live' | 'paused' | undefined;
  private producer: types.Producer | undefined;
  private ghost: number | undefined;
  private told: 'live' | 'paused' = 'live';
  /** How many encodings, from the lowest, anybody watches; and how many are on. */
  private wanted = ALL;
  private on = ALL;
  private readonly keeper: Keeper;

  constructor(
    private readonly source: Source,
    private readonly host: SenderHost,
  ) {
    this.keeper = new Keeper(
      () => this.step(),
      (error) => host.onFailed(error),
    );
  }

  follow(want: 'live' | 'paused' | undefined): void {
    this.want = want;
    const track = this.track();
    if (track && want) track.enabled = want === 'live';
    this.keeper.kick();
  }

  /** The server says how many encodings of a track are watched. */
  watched(track: number, layers: number): void {
    if (this.producer?.id !== String(track)) return;
    this.wanted = layers;
    this.keeper.kick();
  }

  close(): void {
    this.keeper.close();
    this.producer?.close();
  }

  private track(): MediaStreamTrack | undefined {
    return this.host.board.get(`own:${this.source}`);
  }

  /** A camera that is switched off keeps its place, and comes back without a new offer. */
  private get stays(): boolean {
    return this.source === 'mic' || this.source === 'camera';
  }

  private async step(): Promise<boolean> {
    if (this.ghost !== undefined) return this.bury(this.ghost);
    const { producer } = this;
    const track = this.want ? this.track() : undefined;
    if (!producer) return track ? this.produce(track) : false;
    if (producer.closed) return this.drop();
    if (!track && !this.stays) return this.unpublish(producer);
    const state = track && this.want === 'live' ? 'live' : 'paused';
    if (state === 'paused' && this.told === 'live') return this.tell(producer, 'paused');
    if (track && this.outgrown(producer, track)) return this.unpublish(producer);
    if ((track ?? null) !== (producer.track ?? null)) {
      await producer.replaceTrack({ track: track ?? null });
      return true;
    }
    if (state === 'live' && this.told === 'paused') return this.tell(producer, 'live');
    return this.on === this.wanted ? false : this.switchLayers(producer);
  }

  /** Encodings that nobody watches rest: no upload, no encoder. */
  private async switchLayers(producer: types.Producer): Promise<boolean> {
    const { wanted } = this;
    const sender = producer.rtpSender;
    const parameters = sender?.getParameters();
    if (sender && parameters?.encodings?.length) {
      const active = activeOf(parameters.encodings.length, wanted);
      parameters.encodings.forEach((one, i) => (one.active = active[i] ?? true));
      await sender.setParameters(parameters);
    }
    this.on = wanted;
    return true;
  }

  /** Another camera may need another number of layers, and those cannot change on the way. */
  private outgrown(producer: types.Producer, track: MediaStreamTrack): boolean {
    if (this.source !== 'camera' || producer.track === track) return false;
    return producer.rtpParameters.encodings?.length !== cameraLayers(track.getSettings()).length;
  }

  private async produce(track: MediaStreamTrack): Promise<boolean> {
    const paused = this.want === 'paused';
    const transport = await this.host.lane.open();
    if (this.want === undefined || this.track() !== track) return true;
    const appData: Produced = { source: this.source, paused, size: this.size(track) };
    const sealed = this.sealed(track.kind as Kind);
    const options = optionsFor(this.source, track);
    this.wanted = this.on = ALL;
    this.producer = await transport.produce({ ...options, ...sealed, track, appData: { ...appData } });
    this.told = paused ? 'paused' : 'live';
    if (paused) this.producer.pause();
    return true;
  }

  /** Of a camera; a screen is sent in one size, which changes. */
  private size(track: MediaStreamTrack): Produced['size'] {
    const { width, height } = track.getSettings();
    return this.source === 'camera' && width && height ? { width, height } : undefined;
  }

  private sealed(kind: Kind): Pick<types.ProducerOptions, 'codec' | 'onRtpSender'> {
    const { source, host } = this;
    const codec = host.codec(kind);
    if (!codec) throw new Error(`no codec for ${kind}`);
    const options = { dir: 'send', source, kind, codec: codec.mimeType } as const;
    return { codec, onRtpSender: (sender) => host.attach(sender, options) };
  }

  private async tell(producer: types.Producer, state: 'live' | 'paused'): Promise<boolean> {
    if (state === 'paused') producer.pause();
    else producer.resume();
    const track = Number(producer.id);
    await this.host.request('track_pause', { track, paused: state === 'paused' });
    this.told = state;
    return true;
  }

  private async unpublish(producer: types.Producer): Promise<boolean> {
    producer.close();
    this.producer = undefined;
    this.ghost = Number(producer.id);
    return true;
  }

  /** Said until it was answered: a lost reply would leave the others a frozen picture. */
  private async bury(track: number): Promise<boolean> {
    await this.host.request('unpublish', { track });
    this.ghost = undefined;
    return true;
  }

  private drop(): boolean {
    this.producer = undefined;
    return true;
  }
}

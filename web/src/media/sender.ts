/*
 * What it is: one own source (mic, camera, screen) on its way to the server.
 * Knows: how each source is encoded. The track to send hangs on the board.
 * Every sender is handed to `attach` before its first frame, which is where frames are sealed.
 * Owns: the producer, never the track. Muting takes effect at once, before any message.
 */
import type { types } from 'mediasoup-client';
import type { E2ee } from '../e2ee/port';
import { MIME } from '../wire/ortc';
import type { Codec, Kind, Source } from '../wire/signal';
import type { Board } from './board';
import { Keeper } from './keeper';
import { activeOf, cameraEncodings, screenEncoding } from './layers';
import type { Lane, Produced, Request } from './lane';

export interface SenderHost {
  readonly board: Board;
  readonly lane: Lane;
  readonly request: Request;
  readonly attach: E2ee['attach'];
  /** What is to be sent now; it changes with who is here. */
  codec(source: Source): Codec;
  capability(codec: Codec): types.RtpCodecCapability | undefined;
  /** Whether this browser makes layers inside one stream. */
  readonly layered: boolean;
  /** Whether sound carries earlier sound along. */
  carry(on: boolean): void;
  onFailed(error: unknown): void;
}

/** Chromium begins at 300 kbit/s otherwise, and the large layer comes seconds late. */
const QUICK_START = { videoGoogleStartBitrate: 1_000 };

/** What the server asks for again is sent again: Chromium does, though it does not offer it. */
const SOUND = { opusFec: true, opusNack: true };

/**
 * For so long a picture is sent in both codecs: whoever sees the one has the other by the time it
 * stops.
 */
const BOTH_MS = 2_000;

/** How a picture is encoded; nothing for sound. */
function encodingsFor(source: Source, track: MediaStreamTrack, codec: Codec, layered: boolean) {
  if (codec === 'opus') return [];
  if (source === 'screen') return screenEncoding(codec, layered);
  return cameraEncodings(codec, track.getSettings(), layered);
}

function optionsFor(
  source: Source,
  encodings: readonly types.RtpEncodingParameters[],
): types.ProducerOptions {
  const common = { stopTracks: false, disableTrackOnPause: false, zeroRtpOnPause: false };
  switch (source) {
    case 'mic': {
      const codecOptions = { ...SOUND, opusDtx: true, opusStereo: false };
      return { ...common, zeroRtpOnPause: true, codecOptions };
    }
    case 'camera':
    case 'screen': {
      const own = encodings.map((one) => ({ ...one }));
      return { ...common, encodings: own, codecOptions: QUICK_START };
    }
    case 'screen_audio':
      return { ...common, codecOptions: { ...SOUND, opusDtx: false, opusStereo: true } };
    default:
      return source satisfies never;
  }
}

/** What is not said to be unwatched is sent. */
const ALL = 4;

export class Sender {
  private want: 'live' | 'paused' | undefined;
  private producer: types.Producer | undefined;
  private codec: Codec = 'opus';
  /** In the codec of before, until it is over. */
  private before: { readonly producer: types.Producer; over: boolean } | undefined;
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

  /** The server says how many encodings of a track are watched; of sound, whether it is repeated. */
  watched(track: number, layers: number): void {
    if (this.producer?.id !== String(track)) return;
    if (this.source === 'mic') return this.host.carry(layers > 1);
    this.wanted = layers;
    this.keeper.kick();
  }

  /** What everybody decodes has changed. */
  recode(): void {
    this.keeper.kick();
  }

  close(): void {
    this.keeper.close();
    this.before?.producer.close();
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
    const { producer, before } = this;
    const track = this.want ? this.track() : undefined;
    if (before && (!track || !producer || before.over)) return this.end(before.producer);
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
    if (track && !before && this.codec !== this.host.codec(this.source))
      return this.recodeFrom(producer, track);
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
    const now = producer.rtpParameters.encodings ?? [];
    const next = encodingsFor(this.source, track, this.codec, this.host.layered);
    const modes = next.some((one, i) => one.scalabilityMode !== undefined &&
      one.scalabilityMode !== now[i]?.scalabilityMode);
    return now.length !== next.length || modes;
  }

  private async produce(track: MediaStreamTrack, replaces?: number): Promise<boolean> {
    const { source, host } = this;
    const paused = this.want === 'paused';
    const transport = await host.lane.open();
    if (this.want === undefined || this.track() !== track) return true;
    const codec = host.codec(source);
    const appData: Produced = { source, paused, size: this.size(track), replaces };
    const sealed = this.sealed(track.kind as Kind, codec);
    const options = optionsFor(source, encodingsFor(source, track, codec, host.layered));
    this.wanted = this.on = ALL;
    if (source === 'mic') host.carry(false);
    const said = { track, appData: { ...appData } };
    this.producer = await transport.produce({ ...options, ...sealed, ...said });
    this.codec = codec;
    this.told = paused ? 'paused' : 'live';
    if (paused) this.producer.pause();
    return true;
  }

  /** The same picture in another codec beside this one, which ends a little later. */
  private async recodeFrom(producer: types.Producer, track: MediaStreamTrack): Promise<boolean> {
    await this.produce(track, Number(producer.id));
    if (this.producer === producer) return true;
    const before = { producer, over: false };
    this.before = before;
    setTimeout(() => {
      before.over = true;
      this.keeper.kick();
    }, BOTH_MS);
    return true;
  }

  private async end(producer: types.Producer): Promise<boolean> {
    producer.close();
    this.before = undefined;
    this.ghost = Number(producer.id);
    return true;
  }

  /** Of a camera; a screen is sent in one size, which changes. */
  private size(track: MediaStreamTrack): Produced['size'] {
    const { width, height } = track.getSettings();
    return this.source === 'camera' && width && height ? { width, height } : undefined;
  }

  private sealed(kind: Kind, name: Codec): Pick<types.ProducerOptions, 'codec' | 'onRtpSender'> {
    const { source, host } = this;
    const codec = host.capability(name);
    if (!codec) throw new Error(`no ${name} for ${kind}`);
    const options = { dir: 'send', source, kind, codec: MIME[name] } as const;
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

/*
 * What it is: one transport, sending or receiving: opened when first needed, mended when it breaks.
 * Knows: mediasoup-client's transport, ICE restart. Knows not: what travels on it.
 * Owns: the transport. When mending does not help it says so once, through onBroken.
 */
import type { types } from 'mediasoup-client';
import { ownFingerprints, publishRequest, transportOptions } from '../wire/ortc';
import type { Size } from '../wire/ortc';
import type { Source } from '../wire/signal';
import { Lost } from '../wire/socket';
import type { Signal } from '../wire/socket';

export type Request = Signal['request'];
export type LaneState = 'idle' | 'connecting' | 'connected' | 'repairing';

export interface LaneHost {
  readonly request: Request;
  onState(): void;
  onBroken(): void;
}

/** What a sender says about its track beside what mediasoup-client finds out. */
export interface Produced {
  readonly source: Source;
  readonly paused: boolean;
  readonly size?: Size | undefined;
  readonly replaces?: number | undefined;
}

const PATIENCE_MS = 500;
const RESTART_MS = 6_000;
const RESTARTS_MAX = 3;
/** Several signs of one trouble make one restart. */
const RESTART_APART_MS = 1_500;

export class Lane {
  state: LaneState = 'idle';
  private opening: Promise<types.Transport> | undefined;
  private transport: types.Transport | undefined;
  private restarts = 0;
  private lastRestart = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private closed = false;

  constructor(
    private readonly dir: 'send' | 'recv',
    private readonly device: types.Device,
    private readonly host: LaneHost,
  ) {}

  get id(): number | undefined {
    return this.transport ? Number(this.transport.id) : undefined;
  }

  open(): Promise<types.Transport> {
    this.opening ??= this.make().catch((error: unknown) => {
      this.opening = undefined;
      throw error;
    });
    return this.opening;
  }

  /** Starts ICE anew; force also when the transport still believes that it is connected. */
  mend(force: boolean): void {
    if (!this.transport || this.closed) return;
    const state = this.transport.connectionState;
    if (state === 'new' || (state === 'connected' && !force)) return;
    if (performance.now() - this.lastRestart < RESTART_APART_MS) return;
    if (force) this.restarts = 0;
    this.restart();
  }

  async stats(): Promise<RTCStatsReport | undefined> {
    return this.transport && !this.closed ? this.transport.getStats() : undefined;
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
    this.transport?.close();
  }

  private async make(): Promise<types.Transport> {
    const opened = await this.host.request('transport_open', { dir: this.dir });
    if (this.closed) throw new Lost('closed');
    const options = transportOptions(opened);
    const transport =
      this.dir === 'send'
        ? this.device.createSendTransport(options)
        : this.device.createRecvTransport(options);
    this.transport = transport;
    transport.on('connect', ({ dtlsParameters }, done, failed) => {
      const fingerprints = ownFingerprints(dtlsParameters);
      this.host
        .request('transport_connect', { transport: opened.transport, role: 'client', fingerprints })
        .then(() => done(), failed);
    });
    transport.on('produce', ({ kind, rtpParameters: rtp, appData }, done, failed) => {
      const { source, paused, size, replaces } = appData as unknown as Produced;
      const what = { transport: opened.transport, kind, source, paused, rtp, size, replaces };
      this.host
        .request('publish', publishRequest(what))
        .then(({ track }) => done({ id: String(track) }), failed);
    });
    transport.on('connectionstatechange', (state) => this.changed(state));
    return transport;
  }

  private changed(state: types.ConnectionState): void {
    if (this.closed) return;
    clearTimeout(this.timer);
    switch (state) {
      case 'connected':
        this.restarts = 0;
        return this.become('connected');
      case 'new':
      case 'connecting':
        this.timer = setTimeout(() => this.restart(), 2 * RESTART_MS);
        return this.become(this.state === 'repairing' ? 'repairing' : 'connecting');
      case 'disconnected':
        this.timer = setTimeout(() => this.restart(), PATIENCE_MS);
        return this.become('repairing');
      case 'failed':
        return this.restart();
      case 'closed':
        return undefined;
      default:
        return state satisfies never;
    }
  }

  private become(state: LaneState): void {
    if (this.state === state) return;
    this.state = state;
    this.host.onState();
  }

  private restart(): void {
    const { transport } = this;
    if (!transport || this.closed) return;
    clearTimeout(this.timer);
    this.lastRestart = performance.now();
    if (transport.connectionState !== 'connected') this.become('repairing');
    if (this.restarts++ >= RESTARTS_MAX) return this.host.onBroken();
    this.timer = setTimeout(() => this.mend(false), RESTART_MS);
    this.host
      .request('transport_restart', { transport: Number(transport.id) })
      .then(({ ice }) => (this.closed ? undefined : transport.restartIce({ iceParameters: ice })))
      .catch((error: unknown) => {
        /* Without signalling nothing can be mended: the next welcome calls mend(). */
        if (error instanceof Lost) this.restarts = this.lastRestart = 0;
        else if (!this.closed) this.host.onBroken();
      });
  }
}

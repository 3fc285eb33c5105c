/*
 * What it is: the media engine's stand-in until its code has been loaded.
 * The engine is asked for when a link is at the door, so that home stays light.
 */
import { NO_PLAN } from '../call/plan';
import type { Plan } from '../call/plan';
import type { E2ee } from '../e2ee/port';
import type { RtpOffer } from '../wire/signal';
import type { Board } from './board';
import type { Request } from './lane';
import type { MediaEvent, MediaReport, MediaSession } from './session';

/** How long after a failed import of the media part it is tried again. */
const RETRY_MS = 2000;

export class LazyMedia {
  private loading: Promise<MediaSession> | undefined;
  private session: MediaSession | undefined;
  private plan: Plan = NO_PLAN;

  constructor(
    private readonly board: Board,
    private readonly request: Request,
    private readonly attach: E2ee['attach'],
    private readonly report: MediaReport,
  ) {}

  offer(rtp: RtpOffer): void {
    this.with((session) => session.offer(rtp));
  }

  follow(plan: Plan): void {
    this.plan = plan;
    this.session?.follow(plan);
  }

  renew(): void {
    this.with((session) => session.renew());
  }

  mend(force: boolean): void {
    this.session?.mend(force);
  }

  stop(): void {
    this.session?.stop();
  }

  take(event: MediaEvent): void {
    this.with((session) => session.take(event));
  }

  async stats(): Promise<RTCStatsReport[]> {
    return this.session ? this.session.stats() : [];
  }

  private with(work: (session: MediaSession) => unknown): void {
    if (this.session) return void work(this.session);
    this.loading ??= this.load();
    void this.loading.then(work, () => {
      this.loading = undefined;
      setTimeout(() => this.with(work), RETRY_MS);
    });
  }

  private async load(): Promise<MediaSession> {
    const { MediaSession } = await import('./session');
    this.session = new MediaSession(this.board, this.request, this.attach, this.report);
    this.session.follow(this.plan);
    return this.session;
  }
}

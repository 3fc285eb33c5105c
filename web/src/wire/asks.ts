/*
 * What it is: what a host asks of the server, and its answer as a fact. A new personal link and a
 * renewed one draw their secrets here; the server gets a hash and a proof.
 */
import type { Effect, Fact } from '../call/events';
import type { Ask } from '../call/hosting';
import type { MeetingLink } from '../call/link';
import { Refused } from './socket';
import type { Signal } from './socket';
import { drawRenewal, drawToken, renewedAccess } from './tokens';

export type AskEffect = Extract<Effect, { t: 'ask' | 'make_link' | 'renew_link' }>;
type Tell = (fact: Fact) => void;

export class Asks {
  constructor(
    private readonly request: Signal['request'],
    private readonly tell: Tell,
  ) {}

  async run(effect: AskEffect): Promise<void> {
    try {
      await this.carry(effect);
    } catch (error) {
      const ask: Ask = effect.t === 'ask' ? effect.ask : { type: 'links', body: {} };
      const refused = error instanceof Refused ? error : undefined;
      const reason = refused?.reason ?? 'lost';
      this.tell({ t: 'ask_refused', ask, reason, field: refused?.field });
    }
  }

  /** Announces to everybody, over the server, that one records or has stopped. */
  async record(on: boolean): Promise<void> {
    try {
      await this.request('record', { on });
      if (on) this.tell({ t: 'record_begun' });
    } catch (error) {
      const refused = error instanceof Refused ? error : undefined;
      if (!on) return;
      this.tell({ t: 'record_refused', reason: refused?.reason ?? 'lost', field: refused?.field });
    }
  }

  private carry(effect: AskEffect): Promise<void> {
    switch (effect.t) {
      case 'ask':
        return this.ask(effect.ask);
      case 'make_link':
        return this.makeLink(effect.label);
      case 'renew_link':
        return this.renewLink(effect.link);
      default:
        return effect satisfies never;
    }
  }

  private async ask(ask: Ask): Promise<void> {
    if (ask.type === 'links') {
      const { links } = await this.request('links', {});
      return this.tell({ t: 'links_listed', links });
    }
    if (ask.type === 'report') {
      const { franked } = await this.request('report', ask.body);
      return this.tell({ t: 'reported', franked });
    }
    await this.request(ask.type, ask.body);
    this.tell({ t: 'ask_done', ask });
  }

  private async makeLink(label: string): Promise<void> {
    const { token, hash } = await drawToken();
    const { link } = await this.request('link_add', { hash });
    this.tell({ t: 'link_made', link, label, token });
  }

  private async renewLink(link: MeetingLink): Promise<void> {
    const renewal = drawRenewal();
    await this.request('link_rotate', { access: await renewedAccess(link, renewal) });
    this.tell({ t: 'link_renewed', renewal });
  }
}

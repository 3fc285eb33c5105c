// The native crowd (crowd.c) as a child process: commands in, facts out. Ended by its process id.
import { execFileSync, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export class Crowd {
  constructor(program, { link, hostLink }) {
    const args = [link, ...(hostLink ? [hostLink] : [])];
    this.child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.ears = new Set();
    this.in = 0;
    this.epochs = [];
    this.troubles = [];
    this.ended = new Promise((done) => this.child.once('exit', done));
    createInterface({ input: this.child.stdout }).on('line', (line) => this.take(JSON.parse(line)));
  }

  take(fact) {
    if (fact.event === 'in') this.in++;
    else if (fact.event === 'epoch') this.epochs.push(fact);
    else if (fact.event !== 'gone') this.troubles.push(fact);
    for (const hear of [...this.ears]) hear(fact);
  }

  /** Runs only when nobody else wants the processor: as if each member had a machine of its own. */
  idle(yes) {
    execFileSync('chrt', [yes ? '--idle' : '--other', '--pid', '0', String(this.child.pid)]);
  }

  tell(command) {
    this.child.stdin.write(`${command}\n`);
  }

  /** The first fact that `wanted` takes; `after` is done once somebody listens. */
  fact(wanted, what, ms, after = () => undefined) {
    return new Promise((done, fail) => {
      const over = (settle, value) => {
        clearTimeout(late);
        this.ears.delete(hear);
        settle(value);
      };
      const hear = (fact) => wanted(fact) && over(done, fact);
      const late = setTimeout(() => over(fail, new Error(`not within ${ms} ms: ${what}`)), ms);
      this.ears.add(hear);
      after();
    });
  }

  /** Until there are `seats` seats and all are in one epoch. Whose connection fails on the way comes again. */
  async grow(seats, have, ms) {
    const all = ({ event, members, seat }) => {
      if (event === 'lost') this.tell(`back ${seat}`);
      return event === 'epoch' && members === seats;
    };
    await this.fact(all, `${seats} seats are in one epoch`, ms, () =>
      this.tell(`open ${seats - have}`),
    );
  }

  /** Until nothing has changed in the group for `ms`. */
  async quiet(ms, limit = 240_000) {
    const end = performance.now() + limit;
    for (let seen = -1; seen !== this.epochs.length; ) {
      if (performance.now() > end) throw new Error('the group does not come to rest');
      seen = this.epochs.length;
      await new Promise((later) => setTimeout(later, ms));
    }
  }

  async end() {
    this.tell('quit');
    const late = setTimeout(() => this.child.kill('SIGKILL'), 5000);
    await this.ended;
    clearTimeout(late);
  }
}

/** The value below which a share of them lies: nearest rank. */
export function rank(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}

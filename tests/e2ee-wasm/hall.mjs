// A delivery service in memory and in virtual time, drawn from one seed: people come, go, talk,
// rename themselves, are removed, lose races; everything goes through the cores of core.mjs.
import { Core, IN, OUT, makeMeeting, stream } from './core.mjs';

const STEP_MS = 250;
const START_MS = 1_700_000_000_000;
const [OK, CONFLICT] = [0, 1];

export class Hall {
  people = [];
  all = [];
  #group;
  #epoch = 0;
  #pending = [];
  #gone = [];
  #mail = [];
  #count = 0;
  #log = [];

  constructor(module, seed) {
    this.module = module;
    this.seed = seed;
    this.draw = stream(seed ^ 0x5eed);
    this.now = START_MS;
    this.meeting = makeMeeting(module, seed, false);
  }

  pick(list) {
    return list[this.draw() % list.length];
  }

  enter(host) {
    const member = ++this.#count;
    const core = new Core(this.module, (this.seed * 1000 + member) >>> 0);
    const person = { member, core, inside: false };
    const link = { ...this.meeting, hostSecret: host ? this.meeting.hostSecret : undefined };
    const effects = core.open(link, `Person ${member}`);
    for (const one of this.people) this.tell(one, IN.MEMBER, { member, a: core.participant });
    this.people.push(person);
    this.all.push(person);
    this.#carry(person, effects);
    const b = this.#group ?? Buffer.alloc(0);
    this.tell(person, IN.WELCOMED, { member, epoch: this.#epoch, a: this.meeting.descriptor, b });
    for (const one of this.people)
      this.tell(person, IN.MEMBER, { member: one.member, a: one.core.participant });
  }

  leave(person) {
    this.#carry(person, person.core.input(IN.LEAVE, this.now));
    this.people = this.people.filter((one) => one !== person);
    person.inside = false;
    this.#pending = this.#pending.filter((one) => one.member !== person.member);
    this.#gone.push(person.core.participant);
    for (const one of this.people)
      this.tell(one, IN.GONE, { member: person.member, a: person.core.participant });
    this.#want(this.people.filter((one) => one.inside));
  }

  tell(person, type, fields) {
    this.#mail.push({ person, type, fields });
  }

  /** Delivers what lies here, then lets time pass. */
  step() {
    for (let turns = 0; this.#mail.length > 0 && turns < 10_000; turns++) {
      const { person, type, fields } = this.#mail.shift();
      if (!this.people.includes(person)) continue;
      this.#carry(person, person.core.input(type, this.now, fields));
    }
    this.now += STEP_MS;
    for (const one of [...this.people]) {
      if (one.core.deadline <= this.now) this.#carry(one, one.core.input(IN.TICK, this.now));
    }
    if (this.draw() % 4 === 0) this.#want(this.people.filter((one) => one.inside));
  }

  #carry(person, effects) {
    for (const effect of effects) {
      if (effect.type === OUT.SIGN)
        this.tell(person, IN.DEVICE_SIGNED, { a: person.core.signed(effect.b) });
      if (effect.type > OUT.MESSAGE) continue;
      const reason = this.#serve(person, effect);
      this.tell(person, IN.REPLY, { number: effect.number, reason });
    }
  }

  #serve(person, { type, member, epoch, a, b, c, joins }) {
    switch (type) {
      case OUT.CREATE:
        if (this.#group) return CONFLICT;
        this.#group = a;
        person.inside = true;
        for (const one of this.people) {
          if (one !== person) this.tell(one, IN.GROUP_STATE, { a, epoch: 0 });
        }
        return OK;
      case OUT.JOIN:
        this.#pending = this.#pending.filter((one) => one.member !== person.member);
        this.#pending.push({ member: person.member, a: person.core.participant, b, c });
        this.#want(this.people.filter((one) => one.inside));
        return OK;
      case OUT.COMMIT:
        return this.#commit(person, { epoch, a, b, c, joins });
      case OUT.LOG:
        for (const one of this.#log.filter((old) => old.epoch >= epoch))
          this.tell(person, IN.COMMIT, one);
        return OK;
      case OUT.MESSAGE:
        for (const one of this.people) {
          if (one === person || !one.inside || (member !== 0 && one.member !== member)) continue;
          this.tell(one, IN.MESSAGE, { member: person.member, epoch, a, b });
        }
        return OK;
      default:
        return OK;
    }
  }

  #commit(person, { epoch, a, b, c, joins }) {
    if (!this.#group?.equals(a) || epoch !== this.#epoch) return CONFLICT;
    const fact = { member: person.member, epoch, a, b };
    this.#log.push(fact);
    this.#epoch++;
    this.#gone = [];
    for (const one of this.people.filter((each) => each.inside)) this.tell(one, IN.COMMIT, fact);
    for (const one of this.people.filter((each) => joins.includes(each.member))) {
      one.inside = true;
      this.tell(one, IN.GROUP_WELCOME, { epoch: this.#epoch, a, b: c });
    }
    this.#pending = this.#pending.filter((one) => !joins.includes(one.member));
    return OK;
  }

  /** Now and then two are asked, so that one loses. */
  #want(inside) {
    if (this.#pending.length + this.#gone.length === 0 || inside.length === 0) return;
    this.#gone = this.#gone.filter((one) =>
      inside[0].core.people.some(({ participant }) => participant.equals(one)),
    );
    const asked = this.draw() % 4 === 0 ? inside.slice(0, 2) : inside.slice(0, 1);
    for (const one of asked) {
      for (const join of this.#pending) this.tell(one, IN.WANTED_JOIN, join);
      for (const participant of this.#gone) this.tell(one, IN.WANTED_GONE, { a: participant });
      this.tell(one, IN.WANTED, { a: this.#group, epoch: this.#epoch });
    }
  }
}

/** One thing that somebody does. */
export function act(hall) {
  const { people } = hall;
  const person = hall.pick(people);
  const other = hall.pick(people);
  const a = other.core.participant;
  const note = Buffer.from(`{"k":"chat","text":"${hall.draw()}"}`);
  switch (hall.draw() % 9) {
    case 0:
    case 1:
      return people.length < 12 ? hall.enter(hall.draw() % 4 === 0) : undefined;
    case 2:
      return people.length > 2 ? hall.leave(person) : undefined;
    case 3:
      return hall.tell(person, IN.NOTE, { b: note });
    case 4:
      return hall.tell(person, IN.NOTE, { a, b: note });
    case 5:
      return hall.tell(person, IN.RENAME, { b: Buffer.from(`Name ${hall.draw() % 100}`) });
    case 6:
      return other === person ? undefined : hall.tell(person, IN.REMOVE, { a });
    case 7:
      return hall.tell(person, IN.POLICY, { flags: 0 });
    default: {
      const b = Buffer.from(Array.from({ length: 80 }, () => hall.draw() & 255));
      return hall.tell(person, IN.MESSAGE, { member: 99, a: b.subarray(0, 16), b });
    }
  }
}

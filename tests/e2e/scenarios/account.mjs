// The pages of accounts: passkeys of Chromium's virtual authenticator, passwords in Firefox, sessions
// ended from the other browser, the file of one's data, refusals, axe and pictures, the keyboard alone.
import { readFile } from 'node:fs/promises';
import { looks as looksWell } from '../lib/looks.mjs';
import { guest, reads, t } from '../lib/meeting.mjs';
import { Server } from '../lib/server.mjs';
import { assert, until } from '../lib/wait.mjs';

const PASSWORD = 'four words of nobody else';
const say = (p, key) => t(p.language, key);

/** A server that is called by a name: at a bare address there are no passkeys. */
export async function named(ctx, lines = '') {
  const config = (port) => `origin: https://localhost:${port}\n${lines}`;
  const server = await Server.start({ ...ctx.server.options, config });
  const origin = `https://localhost:${server.port}`;
  ctx.others.push(server);
  ctx.origins.push(origin);
  return origin;
}

/** An authenticator that answers at once. */
async function withAuthenticator(p) {
  const cdp = await p.page.context().newCDPSession(p.page);
  await cdp.send('WebAuthn.enable');
  await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true,
      isUserVerified: true, automaticPresenceSimulation: true,
    },
  });
}

/** From the first page by its link to the account's. */
export async function toAccount(p, origin) {
  await p.open(`${origin}/`);
  await p.click('link', say(p, 'home.account'));
  await reads(p, say(p, 'account.in.lead'));
}

async function toSignUp(p, name) {
  await p.click('button', say(p, 'account.up.open'));
  await p.fill(say(p, 'account.name'), name);
}

export async function signUpByPassword(p, name) {
  await toSignUp(p, name);
  await p.click('button', say(p, 'account.up.password.instead'));
  await p.fill(say(p, 'account.password'), PASSWORD);
  await p.click('button', say(p, 'account.up.password'));
  await reads(p, say(p, 'account.sessions'));
}

async function signInByPassword(p, name, password = PASSWORD) {
  await p.fill(say(p, 'account.name'), name);
  await p.fill(say(p, 'account.password'), password);
  await p.click('button', say(p, 'account.in'));
}

async function signUpByPasskey(p, name) {
  await toSignUp(p, name);
  await p.click('button', say(p, 'account.up.passkey'));
  await reads(p, say(p, 'account.sessions'));
}

const looks = (p, page) => looksWell(p, `account-${page}`, { fullPage: true });

/** Tab until this has the focus, then Enter; nothing is clicked. */
async function byKey(p, role, name, key = 'Enter') {
  for (let i = 0; i < 40; i++) {
    await p.press('Tab');
    const there = await p.eval(([r, n]) => window.__see.all(r, n).includes(document.activeElement), [role, name]);
    if (there) return key ? p.press(key) : undefined;
  }
  throw new Error(`no Tab leads to ${role} "${name}"`);
}

export const scenarios = [
  ['account: a passkey makes it, opens it, and the last way in stays', async (ctx) => {
    const origin = await named(ctx);
    const ana = await guest(ctx, 'Ana', 0);
    await withAuthenticator(ana);
    await toAccount(ana, origin);
    await signUpByPasskey(ana, 'Ana.Passkey');
    await reads(ana, 'ana.passkey');
    await ana.click('button', say(ana, 'account.passkey.drop'));
    await ana.click('button', say(ana, 'account.passkey.drop.sure'));
    await reads(ana, say(ana, 'account.why.last'));
    await ana.click('button', say(ana, 'account.passkey.add'));
    await reads(ana, say(ana, 'account.why.known'));
    await ana.click('button', say(ana, 'account.out'));
    await reads(ana, say(ana, 'account.ended'));
    await ana.click('button', say(ana, 'account.in.passkey'));
    await reads(ana, say(ana, 'account.means.passkey'));
    await ana.click('button', say(ana, 'account.password.set'));
    await ana.fill(say(ana, 'account.password.new'), 'short');
    await ana.click('button', say(ana, 'account.password.save'));
    await reads(ana, say(ana, 'account.fault.short'));
    await ana.fill(say(ana, 'account.password.new'), PASSWORD);
    await ana.click('button', say(ana, 'account.password.save'));
    await reads(ana, say(ana, 'account.done.password'));
    await ana.click('button', say(ana, 'account.passkey.drop'));
    await ana.click('button', say(ana, 'account.passkey.drop.sure'));
    await reads(ana, say(ana, 'account.done.dropped'));
    await ana.click('button', say(ana, 'account.out'));
    await ana.click('button', say(ana, 'account.in.passkey'));
    await reads(ana, say(ana, 'account.why.forged.passkey'));
  }],

  ['account: a password in Firefox, its session ended from Chromium, and the file', async (ctx) => {
    const origin = await named(ctx);
    const ben = await guest(ctx, 'Ben', 1, { kind: 'firefox' });
    await toAccount(ben, origin);
    await signUpByPassword(ben, 'ben');
    const ana = await guest(ctx, 'Ana', 0);
    await toAccount(ana, origin);
    await signInByPassword(ana, 'ben', 'not the password');
    await reads(ana, say(ana, 'account.why.wrong'));
    await signInByPassword(ana, 'ben');
    await reads(ana, 'Firefox, Linux');
    const [download] = await Promise.all([ana.page.waitForEvent('download'), ana.click('button', say(ana, 'account.data.save'))]);
    const file = JSON.parse(await readFile(await download.path(), 'utf8'));
    const [login, proofs] = [file.accounts[0].login, file.credentials.map((one) => one.proof)];
    assert(login === 'ben' && proofs.join() === 'withheld', JSON.stringify(file));
    const devices = file.sessions.map((one) => one.device).sort().join('; ');
    assert(devices === 'Chrome, Linux; Firefox, Linux', devices);
    await ana.click('button', say(ana, 'account.session.end'));
    await reads(ana, say(ana, 'account.done.ended'));
    assert(!(await ana.text()).includes('Firefox, Linux'), 'the row is gone');
    await ben.reload();
    await reads(ben, say(ben, 'account.in.lead'));
    await signInByPassword(ben, 'ben');
    await reads(ben, say(ben, 'account.sessions.others'));
    await ben.click('button', say(ben, 'account.sessions.others'));
    await reads(ben, say(ben, 'account.done.others'));
    await ana.click('button', say(ana, 'account.password.change'));
    await ana.fill(say(ana, 'account.password.old'), PASSWORD);
    await ana.fill(say(ana, 'account.password.new'), `${PASSWORD} more`);
    await ana.click('button', say(ana, 'account.password.save'));
    await reads(ana, say(ana, 'account.ended'));
    return devices;
  }],

  ['account: into an organisation by its invitation, once, and out of it', async (ctx) => {
    const origin = await named(ctx);
    const server = ctx.others.at(-1);
    const ana = await guest(ctx, 'Ana', 0, { kind: 'firefox' });
    await toAccount(ana, origin);
    await signUpByPassword(ana, 'ana.owner');
    await server.command('org', 'create', 'school', 'ana.owner');
    const { key } = await server.command('org', 'key', 'create', 'school', 'roster');
    const invitation = await ana.eval(async (bearer) => {
      const made = await fetch('/api/v1/invitations', {
        method: 'POST',
        credentials: 'omit',
        headers: { Authorization: `Bearer ${bearer}`, 'Content-Type': 'application/json' },
        body: JSON.stringify({ label: 'class' }),
      });
      return (await made.json()).invitation;
    }, key);
    const ben = await guest(ctx, 'Ben', 1, { locale: 'fr-FR' });
    await ben.open(`${origin}/account#join.${invitation}`);
    await reads(ben, say(ben, 'account.in.invited'));
    await looks(ben, 'invited');
    assert(!(await ben.eval(() => location.href)).includes('#'), 'the invitation leaves the address');
    await signUpByPassword(ben, 'ben.joins');
    await looks(ben, 'join');
    await ben.click('button', say(ben, 'account.orgs.join'));
    await reads(ben, say(ben, 'account.done.joined'));
    await reads(ben, 'school');
    await looks(ben, 'member');
    await ana.reload();
    await reads(ana, 'school');
    await ana.click('button', say(ana, 'account.orgs.open'));
    await ana.fill(say(ana, 'account.orgs.invitation'), 'not one');
    await ana.click('button', say(ana, 'account.orgs.join'));
    await reads(ana, say(ana, 'account.fault.invitation'));
    await ana.fill(say(ana, 'account.orgs.invitation'), invitation);
    await ana.click('button', say(ana, 'account.orgs.join'));
    await reads(ana, say(ana, 'account.why.expired.join'));
    await ana.click('button', say(ana, 'account.orgs.leave'));
    await ana.click('button', say(ana, 'account.orgs.leave.sure'));
    await reads(ana, say(ana, 'account.why.last.owner'));
    await ben.click('button', say(ben, 'account.orgs.leave'));
    await ben.click('button', say(ben, 'account.orgs.leave.sure'));
    await reads(ben, say(ben, 'account.done.left'));
    await reads(ben, say(ben, 'account.orgs.none'));
  }],

  ['account: deleted by who owns it, after asking again', async (ctx) => {
    const origin = await named(ctx);
    const ana = await guest(ctx, 'Ana', 0, { locale: 'fr-FR' });
    await toAccount(ana, origin);
    await signUpByPassword(ana, 'ana.leaves');
    await ana.click('button', say(ana, 'account.delete.open'));
    await looks(ana, 'delete');
    await ana.fill(say(ana, 'account.password.old'), 'not the password');
    await ana.click('button', say(ana, 'account.delete.sure'));
    await reads(ana, say(ana, 'account.why.wrong.delete'));
    await ana.fill(say(ana, 'account.password.old'), PASSWORD);
    await ana.click('button', say(ana, 'account.delete.sure'));
    await reads(ana, say(ana, 'account.gone'));
    await signInByPassword(ana, 'ana.leaves');
    await reads(ana, say(ana, 'account.why.wrong'));
  }],

  ['account: a refusal of single sign-on is a sentence, and no text of the address', async (ctx) => {
    const origin = await named(ctx);
    const ana = await guest(ctx, 'Ana', 0);
    await ana.open(`${origin}/account#expired`);
    await reads(ana, say(ana, 'account.why.expired.sign_on'));
    assert((await ana.eval(() => location.hash)) === '', 'the word leaves the address');
    await looks(ana, 'sign-on-refused');
    await ana.open(`${origin}/account?again#<b>canary</b>`);
    await reads(ana, say(ana, 'account.in.lead'));
    assert(!(await ana.text()).includes('canary'), 'nothing of the address is shown');
  }],

  ['account: what the server refuses is said in words', async (ctx) => {
    const origin = await named(ctx, 'sign_up: no\n');
    const ana = await guest(ctx, 'Ana', 0, { locale: 'fr-FR' });
    await toAccount(ana, origin);
    await toSignUp(ana, 'ana');
    await ana.click('button', say(ana, 'account.up.password.instead'));
    await ana.fill(say(ana, 'account.password'), PASSWORD);
    await ana.click('button', say(ana, 'account.up.password'));
    await reads(ana, say(ana, 'account.why.closed'));
    await ana.click('button', say(ana, 'account.in.open'));
    const before = say(ana, 'account.why.slow_down.wait').split('{{')[0];
    for (let i = 0; i < 12 && !(await ana.text()).includes(before); i++) {
      await signInByPassword(ana, 'ana', `${PASSWORD} ${i}`);
      await until(async () => {
        const text = await ana.text();
        return text.includes(say(ana, 'account.why.wrong')) || text.includes(before);
      }, 'it is refused');
      await until(() => ana.eval(() => !document.querySelector('[data-busy=true]')), 'it is over');
    }
    const said = /dans (\d+\u00a0secondes?)\./.exec(await ana.text())?.[1];
    assert(said, 'it says how long to wait');
    return said;
  }],

  ['account: by keyboard alone', async (ctx) => {
    const origin = await named(ctx);
    const ana = await guest(ctx, 'Ana', 0);
    await withAuthenticator(ana);
    await ana.open(`${origin}/`);
    await ana.shown('link', say(ana, 'home.account'));
    await byKey(ana, 'link', say(ana, 'home.account'));
    await reads(ana, say(ana, 'account.in.lead'));
    await byKey(ana, 'button', say(ana, 'account.up.open'));
    await byKey(ana, 'textbox', say(ana, 'account.name'), null);
    await ana.page.keyboard.type('ana.keys');
    await ana.press('Enter');
    await reads(ana, say(ana, 'account.sessions'));
    const heading = await ana.eval(() => document.activeElement?.tagName);
    assert(heading === 'H1', `the focus is on the heading, not on ${heading}`);
    await byKey(ana, 'button', say(ana, 'account.password.set'));
    await byKey(ana, 'textbox', say(ana, 'account.password.new'), null);
    await ana.page.keyboard.type(PASSWORD);
    await ana.press('Enter');
    await reads(ana, say(ana, 'account.done.password'));
    await byKey(ana, 'button', say(ana, 'account.passkey.drop'));
    await byKey(ana, 'button', say(ana, 'account.passkey.drop.sure'));
    await reads(ana, say(ana, 'account.done.dropped'));
    const part = await ana.eval(() => document.activeElement?.id);
    assert(part === 'account-ways', `the focus is on the part's heading, not on ${part}`);
    await byKey(ana, 'button', say(ana, 'account.data.save'));
    await reads(ana, say(ana, 'account.done.saved'));
    await ana.press('Home');
    await ana.eval(() => document.querySelector('h1').focus());
    await byKey(ana, 'button', say(ana, 'account.out'));
    await reads(ana, say(ana, 'account.ended'));
  }],

  ['account: axe, in English and French, and pictures', async (ctx) => {
    const origin = await named(ctx);
    for (const locale of ['en-GB', 'fr-FR']) {
      const ana = await guest(ctx, 'Ana', 0, { locale });
      await withAuthenticator(ana);
      await ana.open(`${origin}/`);
      await ana.shown('link', say(ana, 'home.account'));
      await looks(ana, 'home');
      await toAccount(ana, origin);
      await looks(ana, 'in');
      await signInByPassword(ana, 'nobody');
      await reads(ana, say(ana, 'account.why.wrong'));
      await looks(ana, 'in-refused');
      await ana.click('button', say(ana, 'account.up.open'));
      await looks(ana, 'up');
      await ana.click('button', say(ana, 'account.up.password.instead'));
      await ana.click('button', say(ana, 'account.up.password'));
      await reads(ana, say(ana, 'account.fault.name'));
      await looks(ana, 'up-fault');
      await ana.click('button', say(ana, 'account.in.open'));
      const name = `a.name.that.is.as.long.as.they.may.be.in.the.list.of.names.${ana.language}`;
      await signUpByPasskey(ana, name);
      await looks(ana, 'own');
      await ana.click('button', say(ana, 'account.passkey.drop'));
      await ana.click('button', say(ana, 'account.password.set'));
      await looks(ana, 'own-open');
      await ana.click('button', say(ana, 'account.passkey.drop.sure'));
      await reads(ana, say(ana, 'account.why.last'));
      await looks(ana, 'own-refused');
    }
  }],
];

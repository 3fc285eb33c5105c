// Keys of devices: a person puts their browser on their account's list, and somebody in a meeting asks
// whether the device that they see is on it.
import { accessible, pictured } from '../lib/looks.mjs';
import { agree, enter, guest, openPanel, reads, t } from '../lib/meeting.mjs';
import { assert, until } from '../lib/wait.mjs';
import { named, signUpByPassword, toAccount } from './account.mjs';

const say = (p, key, of = {}) =>
  Object.entries(of).reduce((text, [hole, what]) => text.replaceAll(`{{${hole}}}`, what), t(p.language, key));

async function verify(p, name) {
  await openPanel(p, 'security');
  await p.click('button', `${t(p.language, 'verify.open')}`);
  await p.shown('button', say(p, 'verify.same'));
  await reads(p, say(p, 'verify.title', { name }));
}

async function asks(p, account, answer, name) {
  await p.fill(say(p, 'verify.account'), account);
  await p.click('button', say(p, 'verify.account.ask'));
  await reads(p, say(p, `verify.account.${answer}`, { name, account }));
}

export const scenarios = [
  ['devices: on the list of an account, asked for in a meeting, and off it', async (ctx) => {
    const origin = await named(ctx);
    const server = ctx.others.at(-1);
    const ana = await guest(ctx, 'Ana', 0, { locale: 'fr-FR' });
    await toAccount(ana, origin);
    await signUpByPassword(ana, 'ana.device');
    await reads(ana, say(ana, 'account.devices'));
    const ben = await guest(ctx, 'Ben', 1, { kind: 'firefox' });
    const { link, host_link } = await server.meeting();
    const there = (one) => one.replace(/^https:\/\/[^/]+/, origin);
    await ana.click('button', say(ana, 'account.devices.add'));
    await reads(ana, say(ana, 'account.done.device'));
    await reads(ana, 'Chrome, Linux');
    assert(!(await ana.has('button', say(ana, 'account.devices.add'))), 'it is there once');
    await accessible(ana, 'devices of an account');
    await pictured(ana, 'account-devices', { fullPage: true });
    await ana.size(1280, 800);
    await enter(ana, there(host_link));
    await enter(ben, there(link));
    await agree([ana, ben], 30000);
    await verify(ben, 'Ana');
    await asks(ben, 'nobody.at.all', 'no', 'Ana');
    await asks(ben, 'ana.device', 'yes', 'Ana');
    await accessible(ben, 'asking for an account');
    await pictured(ben, 'verify-account');
    await ben.size(1280, 800);
    await verify(ana, 'Ben');
    await asks(ana, 'ana.device', 'no', 'Ben');
    const other = await ana.page.context().newPage();
    await other.goto(`${origin}/account`);
    const off = other.getByRole('button', { name: say(ana, 'account.device.drop') });
    await off.click();
    await until(async () => (await off.count()) === 0, 'it is off the list');
    await other.close();
    await asks(ben, 'ana.device', 'no', 'Ana');
  }],
];

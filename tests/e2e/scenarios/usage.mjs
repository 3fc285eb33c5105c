// An organisation on its owner's page: figures as a plot, a table and a file; its people, invited,
// restricted and removed. Nobody but owners and administrators does either.
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { looks } from '../lib/looks.mjs';
import { walk } from '../lib/keyboard.mjs';
import { enter, guest, reads, t } from '../lib/meeting.mjs';
import { assert, now, until } from '../lib/wait.mjs';
import { named, signUpByPassword, toAccount } from './account.mjs';

const DAY = 86_400_000;

/** Seventy days of a school: weekdays busy, weekends few or none; one day on which the server was started anew. */
async function fill(server) {
  const today = Math.floor(Date.now() / DAY);
  const rows = Array.from({ length: 70 }, (_, i) => i).filter((i) => i % 7 !== 0).map((i) => {
    const few = i % 7 === 1, people = few ? 3 : 18 + ((i * 7) % 23), most = i === 66 ? people - 2 : people;
    return `((SELECT id FROM organisations), ${(today - 70 + i) * DAY}, 0, ${people * 2 + (i % 5)}, ${people}, 1, ${most}, ${most})`;
  });
  const sql = `INSERT INTO usage_days (organisation, day_ms, profile, participants, people, run, run_people, most_people) VALUES ${rows.join()}`;
  await promisify(execFile)('sqlite3', ['-cmd', '.timeout 5000', path.join(server.data, 'conclave.db'), sql]);
  return rows.length;
}

export const scenarios = [
  ['usage: figures of an organisation, for its owners alone', async (ctx) => {
    const origin = await named(ctx);
    const server = ctx.others.at(-1);
    const ana = await guest(ctx, 'Ana', 0);
    await toAccount(ana, origin);
    await signUpByPassword(ana, 'ana.figures');
    await server.command('org', 'create', 'school', 'ana.figures');
    await ana.reload();
    await reads(ana, 'school');
    await ana.click('button', t('en', 'usage.open'));
    await reads(ana, t('en', 'usage.none'));
    await ana.click('button', t('en', 'usage.open'));
    const days = await fill(server);
    await ana.click('button', t('en', 'usage.open'));
    await reads(ana, t('en', 'usage.few'));
    await ana.eval(() => { document.querySelector('.usage details').open = true; });
    const shown = await ana.eval(() => [...document.querySelectorAll('.usage tbody tr')].map((one) => one.innerText));
    assert(shown.length === days, `${shown.length} days of ${days}`);
    assert(shown.some((one) => one.includes('≤')) && shown.some((one) => one.includes(t('en', 'usage.few'))), shown.join('; '));
    const [download] = await Promise.all([ana.page.waitForEvent('download'), ana.click('button', t('en', 'usage.save'))]);
    const file = await readFile(await download.path(), 'utf8');
    assert(file.split('\r\n').length === days + 2 && file.includes(',,,fewer than 5') && file.includes('at most'), file);
    await looks(ana, 'usage', { fullPage: true });
    const ben = await guest(ctx, 'Ben', 1, { locale: 'fr-FR' });
    await toAccount(ben, origin);
    await signUpByPassword(ben, 'ben.figures');
    await server.command('org', 'set', 'school', 'ben.figures', 'member');
    await ben.reload();
    await reads(ben, 'school');
    await ben.click('button', t('fr', 'usage.open'));
    await reads(ben, t('fr', 'account.why.forbidden.lead'));
    await server.command('org', 'set', 'school', 'ben.figures', 'admin');
    await ben.click('button', t('fr', 'usage.open'));
    await ben.click('button', t('fr', 'usage.open'));
    await reads(ben, t('fr', 'usage.people'));
    await looks(ben, 'usage', { fullPage: true });
    return `${days} days`;
  }],

  ['organisation: an owner invites, restricts somebody in a running meeting, and removes them', async (ctx) => {
    const origin = await named(ctx);
    const server = ctx.others.at(-1);
    const ana = await guest(ctx, 'Ana', 0);
    await toAccount(ana, origin);
    await signUpByPassword(ana, 'ana.leads');
    await server.command('org', 'create', 'school', 'ana.leads');
    await ana.reload();
    await reads(ana, 'school');
    await ana.click('button', t('en', 'org.people'));
    await reads(ana, t('en', 'org.role.owner'));
    await ana.fill(t('en', 'org.invite.label'), 'Ben');
    await ana.click('button', t('en', 'org.invite'));
    await reads(ana, t('en', 'org.invite.text'));
    const invitation = await ana.eval(() => document.querySelector('.org-link').textContent);
    const ben = await guest(ctx, 'Ben', 1, { locale: 'fr-FR' });
    await ben.open(invitation);
    await signUpByPassword(ben, 'ben.led');
    await ben.click('button', t('fr', 'account.orgs.join'));
    await reads(ben, t('fr', 'account.done.joined'));
    await ben.click('button', t('fr', 'org.people'));
    await reads(ben, t('fr', 'account.why.forbidden.lead'));
    const { link } = await server.meeting();
    await enter(ben, link.replace(/^https:\/\/[^/]+/, origin));
    await ana.click('button', t('en', 'org.people'));
    await ana.click('button', t('en', 'org.people'));
    await reads(ana, 'ben.led');
    await ana.click('button', t('en', 'org.restrict'));
    await reads(ana, t('en', 'org.blocks.text').replace('{{name}}', 'ben.led'));
    await ana.fill(t('en', 'org.block.why'), 'Not before Monday');
    await walk(ana, 'people of an organisation');
    const start = now();
    await ana.click('button', t('en', 'org.block'));
    await until(async () => (await ben.text()).includes('Not before Monday'), 'Ben reads the reason');
    const took = Math.round(now() - start);
    await reads(ana, t('en', 'org.lift'));
    await looks(ana, 'org-people', { fullPage: true });
    await ana.click('button', t('en', 'org.lift'));
    await until(async () => !(await ana.has('button', t('en', 'org.lift'))), 'it is lifted');
    await ana.click('button', t('en', 'people.remove'));
    await ana.click('button', t('en', 'org.remove.sure'));
    await until(async () => !(await ana.text()).includes('ben.led'), 'Ben is no member any more');
    return `read after ${took} ms`;
  }],
];

// Figures of an organisation on its owner's page: what the store has is shown as a plot, a table and a
// file, and nobody but owners and administrators reads it.
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { looks } from '../lib/looks.mjs';
import { guest, reads, t } from '../lib/meeting.mjs';
import { assert } from '../lib/wait.mjs';
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
    await reads(ben, t('fr', 'account.why.forbidden'));
    await server.command('org', 'set', 'school', 'ben.figures', 'admin');
    await ben.click('button', t('fr', 'usage.open'));
    await ben.click('button', t('fr', 'usage.open'));
    await reads(ben, t('fr', 'usage.people'));
    await looks(ben, 'usage', { fullPage: true });
    return `${days} days`;
  }],
];

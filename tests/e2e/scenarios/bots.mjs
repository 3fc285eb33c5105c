// A browser and native participants in one meeting: both decode what the other has sealed.
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { MARKS } from '../lib/fake.mjs';
import { enter, guest, hears, openPanel, reads, rosterOf, sealed, sees, t } from '../lib/meeting.mjs';
import { PROGRAM } from '../lib/server.mjs';
import { assert, until } from '../lib/wait.mjs';

const BOT = process.env.CONCLAVE_BOT ?? path.join(path.dirname(PROGRAM), 'conclave-bot');

/** A bot, its lines as objects, its end by its process id. */
function bot(name, words) {
  const child = spawn(BOT, words, { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = [];
  let rest = '';
  child.stdout.on('data', (chunk) => {
    const parts = (rest + chunk).split('\n');
    rest = parts.pop();
    lines.push(...parts.map((one) => JSON.parse(one)));
  });
  const over = new Promise((done) => child.once('exit', done));
  const told = (event, about) => lines.find((l) => l.event === event && Object.entries(about).every(([k, v]) => l[k] === v));
  const end = () => {
    child.kill('SIGINT');
    return over;
  };
  return { name, told, end };
}

export const scenarios = [
  ['a browser and bots: pictures and tones both ways, and a recording', async (ctx) => {
    assert(existsSync(BOT), `${BOT} is missing`);
    const { link, host_link } = await ctx.server.meeting();
    const folder = await mkdtemp(path.join(os.tmpdir(), 'conclave-bots-'));
    const join = (name, number, more = []) => bot(name, ['join', link, '--insecure', '--name', name,
      '--number', String(number), '--video', 'generated', '--audio', 'tone', ...more]);
    const bots = [join('Ada', 0, ['--check', '--expect', '2', '--freeze', '20000', '--agree']), join('Ben', 1)];
    try {
      const dana = await guest(ctx, 'Dana', 3);
      await enter(dana, link);
      for (const [i, name] of ['Ada', 'Ben'].entries()) {
        await sees(dana, { name, mark: MARKS[i] });
        await hears(dana, { name, mark: MARKS[i] });
      }
      const file = path.join(folder, 'meeting.mkv');
      bots.push(bot('Recorder', ['record', host_link, '--insecure', '--out', file]));
      const [ada, , recorder] = bots;
      const seen = await until(() => ada.told('seen', { name: 'Dana' }), 'a bot sees the browser', 20000);
      const heard = await until(() => ada.told('heard', { name: 'Dana' }), 'and hears it', 20000);
      assert(Math.abs(heard.tone_hz - MARKS[3].tone) <= 10, `a tone of ${heard.tone_hz} Hz`);
      await until(async () => (await rosterOf(dana)).includes('Recorder'), 'the recorder is shown', 20000);
      await dana.click('button', t('en', 'record.yes'));
      for (const name of ['Ada', 'Dana'])
        for (const source of ['camera', 'mic'])
          await until(() => recorder.told('recording', { name, source }), `${name}'s ${source} is recorded`, 20000);
      await dana.click('button', t('en', 'top.recording').replace('{{names}}', 'Recorder'));
      await dana.click('button', t('en', 'record.take_back'));
      await until(() => recorder.told('consent', { name: 'Dana', kept: false }), 'Dana has taken it back');
      const status = await ada.end();
      const facts = ada.told('stream', { name: 'Dana', source: 'camera' });
      assert(status === 0, `the watching bot ended with ${status}: ${JSON.stringify(facts)}`);
      assert((await recorder.end()) === 0, 'the recorder ended in order');
      const { tracks } = recorder.told('recorded', { ok: true });
      assert(tracks === 4, `the recording has ${tracks} tracks`);
      assert(!recorder.told('recording', { name: 'Ben' }), 'who did not agree is recorded');
      return `the bot saw ${facts.frames} frames of the browser's, from ${seen.width}x${seen.height} on`;
    } finally {
      for (const one of bots) await one.end();
      await rm(folder, { recursive: true });
    }
  }],

  ['a browser and bots: a raised hand, a renewed link and a personal one', async (ctx) => {
    assert(existsSync(BOT), `${BOT} is missing`);
    const { link, host_link } = await ctx.server.meeting();
    const folder = await mkdtemp(path.join(os.tmpdir(), 'conclave-bots-'));
    const bots = [];
    const join = (name, how, more = []) => {
      bots.push(bot(name, ['join', how, '--insecure', '--name', name, ...more]));
      return bots.at(-1);
    };
    try {
      const dana = await guest(ctx, 'Dana', 3);
      await enter(dana, host_link, { microphone: false, camera: false });
      await sealed(dana, 30000);
      await dana.eval(() => {
        navigator.clipboard.writeText = async (text) => void (window.__copied = text);
      });
      await openPanel(dana, 'security');
      await dana.click('button', t('en', 'links.renew'));
      const renewed = await until(() => dana.eval((old) => location.href !== old && location.href, link), 'the link is renewed');
      await dana.fill(t('en', 'links.for'), 'Pia');
      await dana.press('Enter');
      await dana.click('button', t('en', 'links.copy'));
      const own = await until(() => dana.eval(() => window.__copied), 'a personal link is copied');
      assert(own.startsWith(`${renewed}.p`), 'which is of the renewed link');
      const late = join('Late', link);
      await until(() => late.told('ended', { reason: 'not_found' }), 'the old link opens nothing', 20000);
      const script = path.join(folder, 'hand');
      await writeFile(script, 'at 2 hand\n');
      join('Hal', renewed, ['--script', script]);
      await reads(dana, t('en', 'toast.hand').replace('{{name}}', 'Hal'), 20000);
      join('Pia', own);
      await until(async () => (await rosterOf(dana)).includes('Pia'), 'Pia came by her own link', 20000);
    } finally {
      for (const one of bots) await one.end();
      await rm(folder, { recursive: true });
    }
  }],
];

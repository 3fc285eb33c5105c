// The controls: screen share, mute, video off, chat.
import { assert, until } from '../lib/wait.mjs';
import { decoding, enter, guest, hears, sees, seesScreen, silentOf, tileOf } from '../lib/meeting.mjs';

async function two(ctx, options) {
  const { link } = await ctx.server.meeting();
  const ana = await guest(ctx, 'Ana', 0);
  const ben = await guest(ctx, 'Ben', 1, options);
  await enter(ana, link);
  await enter(ben, link);
  await sees(ana, ben);
  await sees(ben, ana);
  return [ana, ben];
}

export const scenarios = [
  ['screen share', async (ctx) => {
    const [ana, ben] = await two(ctx);
    await ana.click('button', 'Share screen');
    const picture = await seesScreen(ben, ana);
    await sees(ben, ana);
    await ana.click('button', 'Stop sharing');
    await until(async () => !(await tileOf(ben, 'Screen of Ana')), 'the screen\'s tile goes');
    await sees(ben, ana);
    return `${picture.width}x${picture.height}`;
  }],

  ['simulcast: the layer follows the tile', async (ctx) => {
    const [ana, ben] = await two(ctx);
    const lines = async () => (await tileOf(ana, 'Ben'))?.picture?.height ?? 0;
    const large = await until(async () => { const h = await lines(); return h >= 360 && h; }, 'the large tile gets the full picture', 30000);
    await ana.size(390, 360);
    const small = await until(async () => { const h = await lines(); return h > 0 && h < large && h; }, 'the small tile gets a lower layer', 30000);
    await sees(ana, ben);
    await ana.size(1280, 760);
    await until(async () => (await lines()) === large, 'and the full picture again', 30000);
    await sees(ana, ben);
    return `${large} lines, ${small} in the small tile, ${large} again`;
  }],

  ['mute is seen and heard by others', async (ctx) => {
    const [ana, ben] = await two(ctx);
    await hears(ana, ben);
    assert(!(await tileOf(ana, 'Ben')).text.includes('muted'), 'Ben is shown unmuted');
    await ben.click('button', 'Mute');
    await until(async () => (await tileOf(ana, 'Ben')).text.includes('muted'), 'Ana sees that Ben is muted');
    await silentOf(ana, ben);
    await ben.click('button', 'Unmute');
    await until(async () => !(await tileOf(ana, 'Ben')).text.includes('muted'), 'Ana sees that Ben is back');
    await hears(ana, ben);
  }],

  ['video off and on', async (ctx) => {
    const [ana, ben] = await two(ctx);
    await ben.click('button', 'Stop video');
    await until(() => ana.eval(() => {
      const tile = window.__see.all('figure', 'Ben')[0];
      return tile && tile.querySelector('video').dataset.shown !== 'true';
    }), 'Ben\'s picture goes from his tile');
    const before = await ana.decoded();
    await until(async () => {
      const now = await ana.decoded();
      const still = now === ana.lastDecoded;
      ana.lastDecoded = now;
      return still;
    }, 'no more frames are decoded');
    await ben.click('button', 'Start video');
    await sees(ana, ben);
    await decoding(ana);
    return `${before} frames before`;
  }],

  ['chat both ways', async (ctx) => {
    const [ana, ben] = await two(ctx);
    const exchange = [[ana, ben, 'Hello Ben, können Sie das lesen?'], [ben, ana, '<b>no</b> javascript:alert(1) 你好']];
    for (const p of [ana, ben]) await p.click('button', 'Chat');
    for (const [from, to, text] of exchange) {
      await from.fill('Message', text);
      await from.press('Enter');
      await until(async () => (await to.text()).includes(text), `${to.name} reads "${text}"`);
      await until(async () => (await from.text()).includes(text), `${from.name} sees the own line`);
    }
    assert(await ana.eval(() => !document.querySelector('.log b b, .line-text b')), 'chat is text, not markup');
  }],
];

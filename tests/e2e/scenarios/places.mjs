// Where meetings may go: the page with one data centre as the server tells it, and with nineteen that
// the story tells it instead; the calls of the real server, refusals included.
import { looks } from '../lib/looks.mjs';
import { guest, reads, t } from '../lib/meeting.mjs';
import { assert, until } from '../lib/wait.mjs';
import { named, signUpByPassword, toAccount } from './account.mjs';

const CENTRES = [
  ['iad', 'Ashburn', 'us', 'US', 39, -77.5], ['sjc', 'San Jose', 'us', 'US', 37.4, -121.9], ['ord', 'Chicago', 'us', 'US', 42, -87.9],
  ['den', 'Denver', 'us', 'US', 39.9, -104.7], ['yyz', 'Toronto', 'ca', 'CA', 43.7, -79.6], ['gru', 'São Paulo', 'br', 'BR', -23.4, -46.5],
  ['fra', 'Frankfurt', 'eu', 'DE', 50, 8.6], ['ams', 'Amsterdam', 'eu', 'NL', 52.3, 4.8], ['cdg', 'Paris', 'eu', 'FR', 49, 2.5],
  ['lhr', 'London', 'gb', 'GB', 51.5, -0.4], ['bom', 'Mumbai', 'in', 'IN', 19.1, 72.9], ['hyd', 'Hyderabad', 'in', 'IN', 17.2, 78.4],
  ['nrt', 'Tokyo', 'jp', 'JP', 35.8, 140.4], ['sin', 'Singapore', 'sg', 'SG', 1.4, 104], ['syd', 'Sydney', 'au', 'AU', -33.9, 151.2],
  ['sha', 'Shanghai', 'cn', 'CN', 31.2, 121.5], ['pek', 'Beijing', 'cn', 'CN', 39.9, 116.6],
  ['gve', 'Government East', 'us', 'US', 39, -77], ['gvw', 'Government West', 'us', 'US', 33.4, -112],
].map(([id, name, zone, country, latitude, longitude]) =>
  ({ id, name, zone, country, latitude, longitude, realm: id.startsWith('gv') ? 'government' : 'commercial', state: 'up' }));
const OPEN = { opt_in: null, opt_out: [] };

/** Answers of a service of nineteen data centres whose organisation leaves out Singapore. */
async function nineteen(p) {
  const state = { version: 0, choice: { processing: OPEN, transit: null, storage: OPEN, refuse_zones: [] }, asked: [] };
  const above = CENTRES.filter((one) => one.realm === 'commercial' && one.id !== 'sin').map((one) => one.id);
  const answer = () => {
    const { processing, storage, transit, refuse_zones: no } = state.choice;
    const zone = (id) => CENTRES.find((one) => one.id === id).zone;
    const set = (l) => above.filter((id) => (!l.opt_in || l.opt_in.includes(id)) && !l.opt_out.includes(id) && !no.includes(zone(id)));
    const may = set(processing);
    const law = ({ id, realm }) => (realm !== 'commercial' ? 'G8' : may.includes(id) ? (zone(id) === 'cn' ? 'G3' : '') : 'G7');
    return {
      version: state.version, changed: 0, realm: 'commercial', choice: state.choice, bound_by: ['school'],
      above: { processing: above, transit: above, storage: above },
      in_force: { processing: may, transit: set(transit ?? processing), storage: set(storage) },
      plan: {
        datacentres: CENTRES.filter((one) => !law(one)).map((one) => one.id),
        refused: CENTRES.filter(law).map((one) => ({ id: one.id, law: law(one) })),
      },
    };
  };
  const choose = ({ version, choice }) => {
    state.asked.push(choice);
    if (choice.storage.opt_in?.length === 0)
      return [409, { error: 'choice', fault: 'none_left', why: '', key: 'storage' }];
    Object.assign(state, { version: version + 1, choice });
    return [200, answer()];
  };
  const told = {
    '/datacentres/list': () => [200, { datacentres: CENTRES, fenced: ['cn'] }],
    '/datacentres': () => [200, answer()],
    '/datacentres/choose': (body) => choose(JSON.parse(body)),
  };
  /* Not by the browser's own means: the page's requests go through its service worker. */
  await p.page.exposeFunction('told', (path, body) => told[path](body));
  await p.page.addInitScript((paths) => {
    const ask = window.fetch;
    window.fetch = async (url, how) => {
      const path = String(url).replace('/api/account', '');
      if (!paths.includes(path)) return ask(url, how);
      const [status, said] = await window.told(path, how?.body ?? '');
      return new Response(JSON.stringify(said), { status });
    };
  }, Object.keys(told));
  return state;
}

const box = (p, use, name) => t(p.language, 'places.cell').replace('{{use}}', t(p.language, `places.use.${use}`)).replace('{{name}}', name);
const tick = (p, label) => p.page.getByRole('checkbox', { name: label, exact: true });

export const scenarios = [
  ['data centres: the only one is said to be the only one, and what contradicts is refused', async (ctx) => {
    const origin = await named(ctx);
    const ana = await guest(ctx, 'Ana', 0);
    await toAccount(ana, origin);
    await signUpByPassword(ana, 'ana.chooses');
    await ana.click('button', t('en', 'places.open'));
    await reads(ana, t('en', 'places.alone'));
    await looks(ana, 'places-alone', { fullPage: true });
    const ask = (path, body) => ana.eval(async ([where, what]) => {
      const answer = await fetch(`/api/account${where}`, what && {
        method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(what),
      });
      return { status: answer.status, ...(await answer.json()) };
    }, [path, body]);
    const choice = (change) => ({ processing: OPEN, transit: null, storage: OPEN, refuse_zones: [], ...change });
    const choose = (change, version = 0, org = '') =>
      ask(`${org && '/organisations'}/datacentres/choose`, { version, choice: choice(change), ...(org && { organisation: org }) });
    const first = await ask('/datacentres');
    assert(first.version === 0 && first.in_force.processing.join() === 'here' && first.plan.datacentres.join() === 'here', JSON.stringify(first));
    const fault = async (change, is, key) => {
      const said = await choose(change);
      assert(said.status === 409 && said.error === 'choice' && said.fault === is && said.key === key, JSON.stringify(said));
    };
    await fault({ processing: { opt_in: null, opt_out: ['mars'] } }, 'unknown_datacentre', 'processing.opt_out');
    await fault({ storage: { opt_in: ['here'], opt_out: ['here'] } }, 'in_and_out', 'storage.opt_in');
    await fault({ processing: { opt_in: null, opt_out: ['here'] } }, 'none_left', 'processing');
    await fault({ refuse_zones: ['cn'] }, 'unknown_zone', 'refuse_zones');
    for (const wrong of [{ storage: null }, { processing: { opt_in: null } }, { refuse_zones: ['a;realm=government'] }, { more: 1 }])
      assert((await choose(wrong)).error === 'bad_message', JSON.stringify(wrong));
    const kept = await choose({ transit: { opt_in: ['here'], opt_out: [] } });
    assert(kept.version === 1 && kept.choice.transit.opt_in.join() === 'here', JSON.stringify(kept));
    assert((await choose({})).error === 'changed', 'a change that was not seen is not written over');
    await ctx.others.at(-1).command('org', 'create', 'school', 'ana.chooses');
    assert((await choose({}, 0, 'school')).version === 1, 'the owner chooses');
    assert((await ask('/organisations/datacentres', { organisation: 'school' })).version === 1, 'and it is kept');
    assert((await ask('/datacentres')).bound_by.join() === 'school', 'the account is bound by it');
    assert((await choose({}, 0, 'club')).error === 'not_found', 'another organisation');
  }],

  ['data centres: nineteen on a page, by the keys of switches, in two languages', async (ctx) => {
    const origin = await named(ctx);
    const people = [await guest(ctx, 'Ana', 0), await guest(ctx, 'Ben', 1, { locale: 'fr-FR' })];
    for (const p of people) {
      const state = await nineteen(p);
      const say = (key) => t(p.language, key);
      await toAccount(p, origin);
      await signUpByPassword(p, p.language === 'en' ? 'ana.nineteen' : 'ben.nineteen');
      await p.click('button', say('places.open'));
      await reads(p, say('places.fenced'));
      await until(() => p.eval(() => document.querySelectorAll('.places-map circle').length === 17), 'the map shows those of its realm');
      assert(await tick(p, box(p, 'processing', 'Singapore')).isDisabled(), 'what the organisation leaves out cannot be let in');
      assert(await tick(p, box(p, 'transit', 'Paris')).isDisabled(), 'transit goes with processing');
      await tick(p, box(p, 'processing', 'Mumbai')).focus();
      await p.page.keyboard.press('Space');
      assert(!(await tick(p, box(p, 'transit', 'Mumbai')).isChecked()), 'transit goes with processing');
      await p.click('button', say('places.save'));
      await reads(p, say('places.saved'));
      assert(state.choice.processing.opt_out.join() === 'bom' && state.choice.transit === null, JSON.stringify(state.choice));
      assert((await p.eval(() => document.querySelectorAll('.places-map circle.lit').length)) === 13, 'the map follows, and fenced ones are not lit');
      await p.eval(() => { document.querySelector('.places-plan details').open = true; });
      await looks(p, 'places', { fullPage: true, sizes: [[390, 844], [1280, 800]] });
      await tick(p, say('places.later')).check();
      for (const one of CENTRES.filter(({ realm, id }) => realm === 'commercial' && id !== 'sin'))
        await tick(p, box(p, 'storage', one.name)).uncheck();
      await p.click('button', say('places.save'));
      await reads(p, say('places.fault.none_left'));
      assert(state.asked.at(-1).processing.opt_in.length === 15, 'later ones are left out');
    }
    return '2 languages';
  }],
];

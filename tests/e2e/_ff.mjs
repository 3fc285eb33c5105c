import { Server } from './lib/server.mjs';
import { guest, enter } from './lib/meeting.mjs';
import { endBrowsers } from './lib/browser.mjs';
const server = await Server.start(); const ctx={server,people:[]};
const { link } = await server.meeting(); console.log(link);
async function look(){ const out=[]; for (const pc of window.__see.pcs){ out.push(pc.iceConnectionState, pc.connectionState); for (const s of (await pc.getStats()).values()) if (/candidate/.test(s.type)) out.push([s.type,s.address,s.port,s.protocol,s.candidateType,s.state,s.nominated]); } return out; }
try { const ben = await guest(ctx,'Ben',1,{kind:'firefox'}); await enter(ben, link);
for (let i=0;i<3;i++){ await new Promise(r=>setTimeout(r,1500)); console.log(JSON.stringify(await ben.eval(look))); }
console.log((await ben.eval(()=>window.__see.pcs.map(p=>p.localDescription?.sdp+'\n----\n'+p.remoteDescription?.sdp)))[0]);
} catch(e){console.log(e)} finally { await endBrowsers(); await server.down(); }

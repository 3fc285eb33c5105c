/*
 * What it is: the service worker. Every byte of the program passes here and is compared with the pinned manifest;
 * what differs is not let through. docs/guide/verify.md says what this protects from, and what not.
 * Knows not: how a changed manifest is judged (guard.ts, manifest.ts). Data (/api, the WebSocket) passes untouched.
 */
import { framedPolicy } from './framing';
import { Guard } from './guard';
import { sha256Hex } from './manifest';
import type { PinNews } from './news';
import { damagedPage, refusedPage, silentPage } from './warning';

declare const RELEASE_KEY: string;

/* The few types of a service worker that we use; the library that has them excludes the DOM's. */
interface LastingEvent extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface RequestEvent extends LastingEvent {
  readonly request: Request;
  respondWith(response: Promise<Response>): void;
}
interface WordEvent extends LastingEvent {
  readonly data: unknown;
  readonly source: Client | null;
}
interface Client {
  postMessage(news: PinNews): void;
}
interface Events {
  install: LastingEvent;
  activate: LastingEvent;
  fetch: RequestEvent;
  message: WordEvent;
}
interface Scope {
  readonly registration: ServiceWorkerRegistration;
  readonly clients: {
    claim(): Promise<void>;
    matchAll(of: { includeUncontrolled: boolean }): Promise<readonly Client[]>;
  };
  addEventListener<T extends keyof Events>(type: T, hear: (event: Events[T]) => void): void;
}
const sw = globalThis as unknown as Scope;
const guard = new Guard(RELEASE_KEY, (news) => void tellAll(news));

async function tellAll(news: PinNews): Promise<void> {
  const pages = await sw.clients.matchAll({ includeUncontrolled: true });
  for (const page of pages) page.postMessage(news);
}

sw.addEventListener('install', (event) => event.waitUntil(guard.review()));
sw.addEventListener('activate', (event) => event.waitUntil(sw.clients.claim()));
sw.addEventListener('message', (event) => {
  if (event.data === 'news?') event.waitUntil(answerNews(event.source));
});
sw.addEventListener('fetch', (event) => {
  const { request } = event;
  if (new URL(request.url).origin !== location.origin || request.method !== 'GET') return;
  event.respondWith(request.mode === 'navigate' ? page(request) : part(request));
});
sw.registration.addEventListener('updatefound', () => void checkSuccessor());

async function answerNews(source: Client | null): Promise<void> {
  const news = await guard.takeNews();
  if (news) source?.postMessage(news);
}

/**
 * A page is the pinned index.html, whatever the server would like to send in its place. Always an answer: upon
 * an error Firefox would go past the guard and ask the server itself.
 */
async function page(request: Request): Promise<Response> {
  const url = new URL(request.url);
  const token = url.searchParams.get('trust');
  if (token && (await guard.accept(token))) return Response.redirect(url.pathname);
  await guard.review();
  const { refused, pinned } = guard;
  if (refused) return refusedPage(pinned?.hash ?? '', refused.hash, refused.token);
  if (!pinned) return fetch(request).catch(silentPage);
  const isPage = ['/', '/test', '/account'].includes(url.pathname) || url.pathname.startsWith('/m/');
  const path = isPage ? '/index.html' : url.pathname;
  if (!pinned.files.has(path)) return notHere();
  const file = await checked(path);
  if (file === 'differs') return damagedPage(path, pinned.hash);
  return file === 'silent' ? silentPage() : file;
}

async function part(request: Request): Promise<Response> {
  await guard.ready();
  const { pinned } = guard;
  if (!pinned) return fetch(request);
  const path = new URL(request.url).pathname;
  if (path === '/manifest.json')
    return new Response(pinned.text, { headers: { 'content-type': 'application/json' } });
  /* An empty destination is fetch() of code that was checked; anything else would run or be shown. */
  if (!pinned.files.has(path)) return request.destination === '' ? fetch(request) : notHere();
  const file = await checked(path);
  return typeof file === 'string' ? Response.error() : file;
}

const CSP = 'content-security-policy';

type Taken = Response | 'differs' | 'silent';

/** The file with the pinned hash. The server may have been upgraded a moment ago: one more look. */
async function checked(path: string): Promise<Taken> {
  const first = await taken(path, path === '/index.html' ? 'no-cache' : 'default');
  if (first !== 'differs') return first;
  await guard.review();
  const again = await taken(path, 'reload');
  if (again === 'differs') await tellAll({ is: 'damaged', path });
  return again;
}

async function taken(path: string, cache: RequestCache): Promise<Taken> {
  const response = await fetch(path, { cache, redirect: 'error' }).catch(() => null);
  if (!response?.ok || !guard.pinned) return 'silent';
  const bytes = await response.arrayBuffer();
  if ((await sha256Hex(bytes)) !== guard.pinned.files.get(path)) return 'differs';
  const headers = new Headers([...guard.pinned.headers]);
  const policy = headers.get(CSP);
  if (policy) headers.set(CSP, framedPolicy(policy, response.headers.get(CSP)));
  const type = path === '/index.html' ? 'text/html; charset=utf-8' : response.headers.get('content-type');
  headers.set('content-type', type ?? 'application/octet-stream');
  return new Response(bytes, { headers });
}

function notHere(): Response {
  const headers = { 'content-type': 'text/plain; charset=utf-8' };
  return new Response('There is nothing at this address.\n', { status: 404, headers });
}

/** A new guard is being installed. It cannot be stopped from here, but it is not done in silence. */
async function checkSuccessor(): Promise<void> {
  await guard.review();
  const response = await fetch('/sw.js', { cache: 'no-store', redirect: 'error' }).catch(() => null);
  if (!response?.ok) return;
  const now = await sha256Hex(await response.arrayBuffer());
  if (guard.pinned?.files.get('/sw.js') !== now) await tellAll({ is: 'guard_changed', now });
}

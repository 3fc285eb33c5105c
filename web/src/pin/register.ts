/*
 * What it is: puts the service worker in charge and hears what it has to tell.
 * Knows not: what is done about the news, how they are worded.
 */
import { scriptUrl } from '../e2ee/trusted';
import type { PinNews } from './news';

/** Once per page, after it is shown. `tell` may be called at any time from now on. */
export function registerPin(tell: (news: PinNews) => void): void {
  if (import.meta.env.DEV) return;
  const guards = navigator.serviceWorker as ServiceWorkerContainer | undefined;
  if (!guards) return tell({ is: 'off' });
  const ask = () => guards.controller?.postMessage('news?');
  guards.addEventListener('message', (event: MessageEvent<PinNews>) => tell(event.data));
  guards.addEventListener('controllerchange', ask);
  guards.startMessages();
  ask();
  guards
    .register(scriptUrl('pin'), { scope: '/', updateViaCache: 'none' })
    .catch(() => tell({ is: 'off' }));
}

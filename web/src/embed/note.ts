/*
 * What it is: a sentence for somebody whose camera or microphone does not come through the page around.
 * A frame has them only when the page's <iframe> passes them on (allow="camera; microphone"). Chromium says so
 * beforehand; Firefox only refuses, as it does when the person refused.
 */
import i18next from 'i18next';
import type { Store } from '../call/store';
import type { State } from '../call/state';
import './embed.css';

interface Policy {
  allowsFeature(name: string): boolean;
}

function withheld(): boolean {
  const policy = (document as { featurePolicy?: Policy }).featurePolicy;
  return policy ? !policy.allowsFeature('camera') || !policy.allowsFeature('microphone') : false;
}

function refused({ page, own }: State): boolean {
  const denied = own.mic.problem === 'denied' || own.camera.problem === 'denied';
  return denied && (page === 'prejoin' || page === 'meeting');
}

function makeNote(): { readonly show: (shown: boolean) => void } {
  const aside = document.createElement('aside');
  const words = document.createElement('p');
  const link = document.createElement('a');
  const close = document.createElement('button');
  aside.className = 'note warn embed-note';
  aside.append(words, link, close);
  link.target = '_blank';
  link.rel = 'noopener noreferrer';
  close.type = 'button';
  let dismissed = false;
  const write = () => {
    aside.setAttribute('aria-label', i18next.t('embed.title'));
    words.textContent = i18next.t('embed.devices');
    link.textContent = i18next.t('embed.open');
    close.textContent = i18next.t('embed.close');
  };
  i18next.on('languageChanged', write);
  close.addEventListener('click', () => {
    dismissed = true;
    aside.remove();
  });
  const show = (shown: boolean) => {
    if (!shown || dismissed) return aside.remove();
    link.href = location.href;
    write();
    if (!aside.isConnected) document.body.append(aside);
  };
  return { show };
}

export function watchDevices(store: Store): void {
  const note = makeNote();
  let shown: boolean | null = null;
  const look = () => {
    const state = store.get();
    const now = refused(state) || (withheld() && state.page === 'prejoin');
    if (now !== shown) note.show(now);
    shown = now;
  };
  store.subscribe(look);
  look();
}

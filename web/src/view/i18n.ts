/*
 * What it is: languages. One JSON file each, loaded when chosen; the choice is kept in the browser.
 */
import i18next from 'i18next';
import type { TOptions } from 'i18next';
import { useSyncExternalStore } from 'react';
import type en from '../locales/en.json';

type Unplural<K> = K extends `${infer Base}_one` | `${infer Base}_other` ? Base : K;
export type Key = Unplural<keyof typeof en>;
export type Language = 'en' | 'fr';

const CHOICE = 'conclave.lang';
const LOADERS: Record<Language, () => Promise<{ default: Record<string, string> }>> = {
  en: () => import('../locales/en.json'),
  fr: () => import('../locales/fr.json'),
};

function isLanguage(text: string | null | undefined): text is Language {
  return text === 'en' || text === 'fr';
}

function preferred(): Language {
  try {
    const chosen = localStorage.getItem(CHOICE);
    if (isLanguage(chosen)) return chosen;
  } catch {
    /* Storage may be closed to us; then the browser's languages decide. */
  }
  return navigator.languages.map((one) => one.slice(0, 2)).find(isLanguage) ?? 'en';
}

async function load(language: Language): Promise<void> {
  const { default: texts } = await LOADERS[language]();
  if (!i18next.isInitialized) {
    await i18next.init({
      lng: language,
      resources: { [language]: { translation: texts } },
      keySeparator: false,
      nsSeparator: false,
      interpolation: { escapeValue: false },
    });
  } else {
    i18next.addResourceBundle(language, 'translation', texts);
    await i18next.changeLanguage(language);
  }
  document.documentElement.lang = language;
}

export async function chooseLanguage(language?: Language): Promise<void> {
  await load(language ?? preferred());
  if (!language) return;
  try {
    localStorage.setItem(CHOICE, language);
  } catch {
    /* The choice then lasts as long as the page. */
  }
}

function subscribe(read: () => void): () => void {
  i18next.on('languageChanged', read);
  return () => i18next.off('languageChanged', read);
}

export function useLanguage(): Language {
  return useSyncExternalStore(subscribe, () => i18next.language as Language);
}

export type Translate = (key: Key, options?: TOptions) => string;

export function useT(): Translate {
  useLanguage();
  return (key, options) => i18next.t(key, options ?? {});
}

/*
 * What it is: languages. One JSON file each, loaded when chosen; the choice is kept in the browser.
 * What is opened on demand has its texts in a second file, which comes with the first such thing.
 */
import i18next from 'i18next';
import type { TOptions } from 'i18next';
import { useSyncExternalStore } from 'react';
import type en from '../locales/en.json';
import type more from '../locales/en.more.json';

type Unplural<K> = K extends `${infer Base}_one` | `${infer Base}_other` ? Base : K;
export type Key = Unplural<keyof typeof en | keyof typeof more>;
export type Language = 'en' | 'fr';

const CHOICE = 'conclave.lang';
const LOADERS: Record<Language, () => Promise<{ default: Record<string, string> }>> = {
  en: () => import('../locales/en.json'),
  fr: () => import('../locales/fr.json'),
};

const MORE: typeof LOADERS = {
  en: () => import('../locales/en.more.json'),
  fr: () => import('../locales/fr.more.json'),
};
let wantMore = false;

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
  const [first, second] = await Promise.all([
    LOADERS[language](),
    wantMore ? MORE[language]() : undefined,
  ]);
  const texts = { ...first.default, ...second?.default };
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

/** A part of the page with the texts that it needs, for lazy(). */
export async function withTexts<T>(part: Promise<T>): Promise<T> {
  if (!wantMore) {
    const language = i18next.language as Language;
    const { default: texts } = await MORE[language]();
    i18next.addResourceBundle(language, 'translation', texts);
    wantMore = true;
    /* Another language may have been chosen meanwhile. */
    if (language !== i18next.language) await load(i18next.language as Language);
  }
  return part;
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

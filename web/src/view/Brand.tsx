/*
 * What it is: the mark and the language switch, as on every light page.
 */
import type { ReactNode } from 'react';
import { Button } from 'react-aria-components';
import { useTell } from './call';
import { chooseLanguage, useLanguage, useT } from './i18n';

export function KeyMark() {
  return (
    <svg className="keymark" viewBox="0 0 26 26" fill="none" aria-hidden="true">
      <circle cx="13" cy="9" r="6.2" />
      <path d="M13 15.2V24M13 20.6h4" />
    </svg>
  );
}

export function LanguageSwitch() {
  const t = useT();
  const other = useLanguage() === 'en' ? 'fr' : 'en';
  return (
    <Button
      className="btn quiet"
      lang={other}
      aria-label={t('app.language.label')}
      onPress={() => void chooseLanguage(other)}
    >
      {t('app.language')}
    </Button>
  );
}

export function PageTop({ home = false, children }: { home?: boolean; children?: ReactNode }) {
  const t = useT();
  const tell = useTell();
  const mark = (
    <>
      <KeyMark />
      {t('app.name')}
    </>
  );
  return (
    <header className="pagetop">
      {home ? (
        <span className="brand">{mark}</span>
      ) : (
        <Button className="brand" aria-label={t('app.home')} onPress={() => tell({ t: 'go_home' })}>
          {mark}
        </Button>
      )}
      <span className="pageacts">
        {children}
        <LanguageSwitch />
      </span>
    </header>
  );
}

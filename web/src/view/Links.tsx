/*
 * What it is: links for one person each, and renewing the link of all. The token of a personal link
 * is made here and shown here alone: the server has its hash.
 */
import { Copy, RefreshCw } from 'lucide-react';
import { useState } from 'react';
import type { FormEvent } from 'react';
import { Button, Input, Label, TextField } from 'react-aria-components';
import { linkUser } from '../call/links';
import { personalLink } from '../call/link';
import type { PersonalLink } from '../call/protection';
import { useCall, usePart, useTell } from './call';
import { copyText } from './copy';
import { useT } from './i18n';
import { useKeptFocus } from './kept';

function useUse({ link, used }: PersonalLink): string {
  const t = useT();
  const user = usePart((state) => linkUser(state, link));
  if (user !== null) return t('links.here', { name: user });
  return t(used ? 'links.used' : 'links.unused');
}

function Row({ one }: { one: PersonalLink }) {
  const t = useT();
  const { store } = useCall();
  const use = useUse(one);
  const link = usePart((state) => state.link);
  const label = one.label || t('links.number', { number: one.link });
  const id = `link-${one.link}`;
  const { token } = one;
  return (
    <li className="link-row">
      <span className="link-name">
        <b id={id}>{label}</b>
        <small>{use}</small>
      </span>
      {token !== null && link && (
        <Button
          className="btn quiet small"
          aria-describedby={id}
          onPress={() => copyText(store, personalLink(location.origin, link, token))}
        >
          <Copy size={14} aria-hidden="true" />
          {t('links.copy')}
        </Button>
      )}
      <Button
        className="btn quiet small"
        aria-describedby={id}
        onPress={() => store.tell({ t: 'drop_link', link: one.link })}
      >
        {t('links.drop')}
      </Button>
    </li>
  );
}

function MakeLink() {
  const t = useT();
  const tell = useTell();
  const [label, setLabel] = useState('');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (label.trim() === '') return;
    tell({ t: 'make_link', label });
    setLabel('');
  };
  return (
    <form className="link-form" onSubmit={submit}>
      <TextField className="field" value={label} onChange={setLabel} maxLength={40}>
        <Label>{t('links.for')}</Label>
        <div className="row">
          <Input autoComplete="off" />
          <Button className="btn" type="submit" isDisabled={label.trim() === ''}>
            {t('links.make')}
          </Button>
        </div>
      </TextField>
    </form>
  );
}

export function Links() {
  const t = useT();
  const tell = useTell();
  const links = usePart((state) => state.protection.links);
  const { heading, around } = useKeptFocus<HTMLElement>();
  return (
    <section className="security-section" aria-labelledby="personal-links" ref={around}>
      <h3 id="personal-links" ref={heading} tabIndex={-1}>{t('links.title')}</h3>
      <p>{t('links.text')}</p>
      <MakeLink />
      {links.length > 0 && (
        <ul className="links">
          {links.map((one) => (
            <Row key={one.link} one={one} />
          ))}
        </ul>
      )}
      <div className="lock">
        <Button className="btn quiet wide" onPress={() => tell({ t: 'renew_link' })}>
          <RefreshCw size={16} aria-hidden="true" />
          {t('links.renew')}
        </Button>
        <p>{t('links.renew.text')}</p>
      </div>
    </section>
  );
}

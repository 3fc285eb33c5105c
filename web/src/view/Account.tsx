/*
 * What it is: the page of one's account: its way in, or what is in it. Loaded when it is opened.
 */
import { useCallback, useEffect, useState } from 'react';
import { Button } from 'react-aria-components';
import { reasonOf, who } from '../account/calls';
import type { Refusal, Who } from '../account/calls';
import { invitationIn } from '../account/rules';
import { RETURN } from '../wire/place';
import { AccountEnter } from './AccountEnter';
import type { Ended } from './AccountEnter';
import { AccountOwn } from './AccountOwn';
import { PageTop } from './Brand';
import { useSentence } from './account';
import { useT } from './i18n';
import './account.css';

type View =
  | { readonly is: 'looking' }
  | { readonly is: 'out'; readonly ended: Ended }
  | { readonly is: 'own'; readonly who: Who; readonly fresh: boolean }
  | { readonly is: 'failed'; readonly refusal: Refusal };

function Failed({ refusal, onAgain }: { refusal: Refusal; onAgain(): void }) {
  const t = useT();
  const sentence = useSentence();
  return (
    <main className="account-enter">
      <h1>{t('account.title')}</h1>
      <p role="alert" className="note warn">
        {sentence('look', refusal)}
      </p>
      <Button className="btn key" onPress={onAgain}>
        {t('account.again')}
      </Button>
    </main>
  );
}

/**
 * What the address brought after "#": why an identity provider's answer was refused, a word of the
 * server's, or an organisation's invitation.
 */
const readHash = () => ({
  refusal: reasonOf(location.hash.slice(1)),
  invitation: invitationIn(location.hash) ?? '',
});

export function Account() {
  const t = useT();
  const [view, setView] = useState<View>({ is: 'looking' });
  const [{ refusal: back, invitation }] = useState(readHash);
  const look = useCallback(async () => {
    const said = await who();
    if (said.ok) setView({ is: 'own', who: said.value, fresh: false });
    else if (said.refusal.why === 'signed_out') setView({ is: 'out', ended: null });
    else setView({ is: 'failed', refusal: said.refusal });
  }, []);
  useEffect(() => void look(), [look]);
  useEffect(() => {
    if (back) sessionStorage.removeItem(RETURN);
    if (location.hash) history.replaceState(history.state, '', location.pathname);
  }, [back]);
  const out = useCallback(() => setView({ is: 'out', ended: 'ended' }), []);
  const gone = useCallback(() => setView({ is: 'out', ended: 'gone' }), []);
  return (
    <div className="light home">
      <PageTop home>
        <a className="btn quiet" href="/">
          {t('account.home')}
        </a>
      </PageTop>
      {view.is === 'looking' && <main className="account-enter" aria-busy="true" />}
      {view.is === 'failed' && <Failed refusal={view.refusal} onAgain={() => void look()} />}
      {view.is === 'out' && (
        <AccountEnter
          ended={view.ended}
          back={back}
          invited={invitation !== ''}
          onIn={(one) => setView({ is: 'own', who: one, fresh: true })}
        />
      )}
      {view.is === 'own' && (
        <AccountOwn
          who={view.who}
          fresh={view.fresh}
          invitation={invitation}
          onOut={out}
          onGone={gone}
        />
      )}
    </div>
  );
}

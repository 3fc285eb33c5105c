/*
 * What it is: which page is shown. Home comes with the first load, the others when needed.
 */
import { Suspense, lazy, useEffect } from 'react';
import type { Page } from '../call/state';
import { useCall, usePart } from './call';
import { Home } from './Home';
import { useT, withTexts } from './i18n';
import { Toasts } from './Toasts';

const importDoor = () => import('./Door');
const importMeeting = () => import('./Meeting');
const Door = lazy(() => importDoor().then((m) => ({ default: m.Door })));
const Meeting = lazy(() => importMeeting().then((m) => ({ default: m.Meeting })));
const Waiting = lazy(() => import('./WaitingRoom').then((m) => ({ default: m.Waiting })));
const Check = lazy(() => withTexts(import('./Check')).then((m) => ({ default: m.Check })));
const Account = lazy(() => withTexts(import('./Account')).then((m) => ({ default: m.Account })));
const After = lazy(() => withTexts(import('./After')).then((m) => ({ default: m.After })));

/** The connection test has an address of its own, to be sent to somebody; the account has one too. */
const CHECK_PATH = '/test';
const ACCOUNT_PATH = '/account';

function First() {
  if (location.pathname === ACCOUNT_PATH) return <Account />;
  return location.pathname === CHECK_PATH ? <Check /> : <Home />;
}

function PageView({ page }: { page: Page }) {
  switch (page) {
    case 'home':
      return <First />;
    case 'prejoin':
      return <Door />;
    case 'waiting':
      return <Waiting />;
    case 'meeting':
      return <Meeting />;
    case 'after':
      return <After />;
    default:
      return page satisfies never;
  }
}

export function App() {
  const page = usePart((state) => state.page);
  const t = useT();
  const { warm } = useCall();
  useEffect(() => {
    document.title = t(location.pathname === ACCOUNT_PATH ? 'title.account' : `title.${page}`);
    document.documentElement.dataset['page'] = page;
  });
  useEffect(() => {
    /* The rooms behind the door are fetched while the person is still at it. */
    if (page === 'prejoin') {
      void Promise.all([importMeeting(), import('../media/session')]);
      warm();
    }
    if (page === 'home') void importDoor();
  }, [page, warm]);
  return (
    <>
      <Suspense fallback={null}>
        <PageView page={page} />
      </Suspense>
      <Toasts />
    </>
  );
}

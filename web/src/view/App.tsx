/*
 * What it is: which page is shown. Home comes with the first load, the others when needed.
 */
import { Suspense, lazy, useEffect } from 'react';
import type { Page } from '../call/state';
import { useCall, usePart } from './call';
import { Home } from './Home';
import { useT } from './i18n';
import { Toasts } from './Toasts';

const importDoor = () => import('./Door');
const importMeeting = () => import('./Meeting');
const Door = lazy(() => importDoor().then((m) => ({ default: m.Door })));
const Meeting = lazy(() => importMeeting().then((m) => ({ default: m.Meeting })));
const Waiting = lazy(() => import('./WaitingRoom').then((m) => ({ default: m.Waiting })));
const After = lazy(() => import('./After').then((m) => ({ default: m.After })));

function PageView({ page }: { page: Page }) {
  switch (page) {
    case 'home':
      return <Home />;
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
    document.title = t(`title.${page}`);
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

/*
 * What it is: the page after a meeting, or instead of one: what happened and what to do.
 */
import {
  CircleAlert,
  DoorClosed,
  DoorClosedLocked,
  KeyRound,
  LogOut,
  ShieldAlert,
  UserMinus,
  Users,
} from 'lucide-react';
import type { LucideIcon } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { Button } from 'react-aria-components';
import type { AfterWhy } from '../call/state';
import { PageTop } from './Brand';
import { usePart, useTell } from './call';
import { useT } from './i18n';
import './after.css';

const LOOK: Record<AfterWhy, { icon: LucideIcon; again: boolean; tone: 'calm' | 'warn' }> = {
  left: { icon: LogOut, again: true, tone: 'calm' },
  removed: { icon: UserMinus, again: false, tone: 'warn' },
  denied: { icon: DoorClosed, again: false, tone: 'calm' },
  ended: { icon: DoorClosed, again: false, tone: 'calm' },
  server: { icon: CircleAlert, again: true, tone: 'warn' },
  not_found: { icon: CircleAlert, again: false, tone: 'warn' },
  full: { icon: Users, again: true, tone: 'warn' },
  no_key: { icon: KeyRound, again: false, tone: 'warn' },
  old: { icon: KeyRound, again: false, tone: 'warn' },
  descriptor: { icon: ShieldAlert, again: false, tone: 'warn' },
  keys: { icon: ShieldAlert, again: true, tone: 'warn' },
  refused: { icon: CircleAlert, again: true, tone: 'warn' },
  locked: { icon: DoorClosedLocked, again: true, tone: 'calm' },
  blocked: { icon: CircleAlert, again: false, tone: 'warn' },
  link: { icon: KeyRound, again: false, tone: 'warn' },
  personal: { icon: KeyRound, again: false, tone: 'calm' },
};

export function After() {
  const t = useT();
  const tell = useTell();
  const why = usePart((state) => state.after);
  const link = usePart((state) => state.link);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    heading.current?.focus();
  }, []);
  const { icon: Icon, again, tone } = LOOK[why];
  return (
    <div className="light after">
      <PageTop />
      <main className="after-main">
        <div className="after-icon" data-tone={tone} aria-hidden="true">
          <Icon size={30} strokeWidth={1.8} />
        </div>
        <h1 ref={heading} tabIndex={-1}>
          {t(`after.${why}`)}
        </h1>
        <p className="lead">{t(`after.${why}.text`)}</p>
        <div className="row">
          {again && link && (
            <Button className="btn key" onPress={() => tell({ t: 'back_to_door' })}>
              {t('after.again')}
            </Button>
          )}
          <Button className="btn quiet" onPress={() => tell({ t: 'go_home' })}>
            {t('after.home')}
          </Button>
        </div>
      </main>
    </div>
  );
}

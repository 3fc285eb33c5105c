/*
 * What it is: the devices that one says are one's own, by the keys that they have in meetings.
 */
import { Fingerprint, Plus } from 'lucide-react';
import { Button } from 'react-aria-components';
import { dropDevice } from '../account/calls';
import type { Device } from '../account/calls';
import { addThis } from '../account/devices';
import { deviceOf } from '../account/rules';
import { Part } from './AccountOwn';
import type { Desk, Rows } from './AccountOwn';
import { useDay } from './account';
import { useT } from './i18n';

const HEADING = 'account-devices';

function focusHeading(): void {
  document.getElementById(HEADING)?.focus();
}

function Row({ one, own, desk }: { one: Device; own: boolean; desk: Desk }) {
  const t = useT();
  const day = useDay();
  const drop = async () => {
    const work = () => dropDevice(one.id);
    if (await desk.act({ deed: 'look', done: 'undevice', work })) focusHeading();
  };
  const id = `device-${one.id}`;
  return (
    <li className="account-row">
      <Fingerprint size={20} aria-hidden="true" />
      <span>
        <b id={id}>{one.label || t('account.session.unnamed')}</b>
        <small>
          {own && `${t('account.session.this')}. `}
          {t('account.device.added', { day: day(one.created) })}
        </small>
      </span>
      <Button className="btn quiet" aria-describedby={id} onPress={() => void drop()}>
        {t('account.device.drop')}
      </Button>
    </li>
  );
}

export function DevicesPart({ name, desk, rows }: { name: string; desk: Desk; rows: Rows }) {
  const t = useT();
  const { list, own } = rows.devices;
  const listed = list.some((one) => one.key === own);
  const add = async () => {
    const work = () => addThis(name, deviceOf(navigator.userAgent));
    if (await desk.act({ deed: 'look', done: 'device', work })) focusHeading();
  };
  return (
    <Part id={HEADING} title={t('account.devices')} text={t('account.devices.text')}>
      {list.length > 0 && (
        <ul className="account-rows">
          {list.map((one) => (
            <Row key={one.id} one={one} own={one.key === own} desk={desk} />
          ))}
        </ul>
      )}
      {own !== '' && !listed && (
        <Button className="btn" data-busy={desk.busy} onPress={() => void add()}>
          <Plus size={18} aria-hidden="true" />
          {t('account.devices.add')}
        </Button>
      )}
      {own === '' && <p className="note-s">{t('account.devices.none')}</p>}
    </Part>
  );
}

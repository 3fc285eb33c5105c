/*
 * What it is: the dialogs behind More: devices, statistics, keyboard shortcuts, break-out rooms.
 */
import { X } from 'lucide-react';
import { Button, Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components';
import { DeviceChoice } from './Devices';
import { useT } from './i18n';
import type { SheetName } from './More';
import { RoomPlan } from './RoomPlan';
import { SHORTCUTS } from './shortcuts';
import { Stats } from './Stats';
import './sheet.css';

function Keys() {
  const t = useT();
  return (
    <dl className="keys">
      {SHORTCUTS.map(({ what, letter }) => (
        <div key={what}>
          <dt>{t(`keys.${what}`)}</dt>
          <dd>
            <kbd>Alt</kbd> <kbd>{letter}</kbd>
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Content({ name, onClose }: { name: SheetName; onClose(): void }) {
  switch (name) {
    case 'devices':
      return <DeviceChoice />;
    case 'stats':
      return <Stats />;
    case 'keys':
      return <Keys />;
    case 'rooms':
      return <RoomPlan onGo={onClose} />;
    default:
      return name satisfies never;
  }
}

export function Sheet({ name, onClose }: { name: SheetName; onClose(): void }) {
  const t = useT();
  const title = {
    devices: 'device.title',
    stats: 'stats.title',
    keys: 'keys.title',
    rooms: 'rooms.title',
  } as const;
  return (
    <ModalOverlay className="veil" isOpen isDismissable onOpenChange={(open) => open || onClose()}>
      <Modal className="sheet light" data-sheet={name}>
        <Dialog className="sheet-dialog">
          <div className="panel-head">
            <Heading slot="title">{t(title[name])}</Heading>
            <Button className="iconbtn" aria-label={t('keys.close')} onPress={onClose}>
              <X size={20} />
            </Button>
          </div>
          <Content name={name} onClose={onClose} />
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}

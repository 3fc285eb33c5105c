/*
 * What it is: the place of the device choice: a browser names devices only to who turned one on.
 */
import { Suspense, lazy } from 'react';
import { usePart } from './call';
import { useT } from './i18n';

const DeviceSelects = lazy(() =>
  import('./DeviceSelects').then((m) => ({ default: m.DeviceSelects })),
);

export function DeviceChoice() {
  const t = useT();
  const none = usePart((state) => state.devices.mic.length + state.devices.camera.length === 0);
  if (none) return <p className="note-s">{t('device.ask')}</p>;
  return (
    <Suspense fallback={null}>
      <DeviceSelects />
    </Suspense>
  );
}

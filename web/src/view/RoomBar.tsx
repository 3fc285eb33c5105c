/*
 * What it is: the line above the stage about break-out rooms: asked into one, or inside one. Nobody is
 * moved by anybody: each way is one's own button.
 */
import { DoorOpen } from 'lucide-react';
import { Button } from 'react-aria-components';
import { wayOf } from '../call/door';
import { usePart, useTell } from './call';
import { useT } from './i18n';
import { useKeptFocus } from './kept';

function Inside() {
  const t = useT();
  const tell = useTell();
  const way = usePart(wayOf);
  const { around } = useKeptFocus();
  if (!way) return null;
  return (
    <div className="roombar" ref={around}>
      <DoorOpen size={18} aria-hidden="true" />
      <p>{t('rooms.inside', { name: way.name })}</p>
      <Button className="pill" onPress={() => tell({ t: 'go_back' })}>
        {t('rooms.back')}
      </Button>
    </div>
  );
}

function Asked() {
  const t = useT();
  const tell = useTell();
  const invitation = usePart((state) => state.invitation);
  const { around } = useKeptFocus();
  if (!invitation) return null;
  const { by, name } = invitation;
  return (
    <div className="roombar" ref={around}>
      <DoorOpen size={18} aria-hidden="true" />
      <p>{t('rooms.asked', { by: by || t('someone'), name })}</p>
      <Button className="pill" onPress={() => tell({ t: 'go_room', room: null })}>
        {t('rooms.go')}
      </Button>
      <Button className="pill" onPress={() => tell({ t: 'stay_here' })}>
        {t('rooms.stay')}
      </Button>
    </div>
  );
}

export function RoomBar() {
  return (
    <div role="status">
      <Inside />
      <Asked />
    </div>
  );
}

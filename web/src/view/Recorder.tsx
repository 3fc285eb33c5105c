/*
 * What it is: one's own recording, from when it is on until it is off or the meeting is left. Loaded
 * when somebody records.
 */
import { useEffect } from 'react';
import { startRecording } from '../record/recorder';
import { useCall } from './call';

export function Recorder() {
  const { store, board } = useCall();
  useEffect(() => {
    try {
      return startRecording(store, board);
    } catch {
      store.tell({ t: 'stop_record' });
      store.tell({ t: 'notice', notice: { is: 'not_done' } });
      return undefined;
    }
  }, [store, board]);
  return null;
}

/*
 * What it is: the others' sound: one audio element for each slot of voices, and one for each shared
 * sound. Only of people who are in the tree: nobody else is heard, as no other frame opens.
 */
import { useEffect, useRef } from 'react';
import { rosterOf } from '../call/roster';
import type { Person } from '../call/roster';
import { SLOTS, slotKey } from '../media/board';
import type { BoardKey } from '../media/board';
import { usePart, useTell, useTrack } from './call';

function Ear({ of }: { of: BoardKey }) {
  const ref = useRef<HTMLAudioElement>(null);
  const tell = useTell();
  const media = useTrack(of);
  const speaker = usePart((state) => state.choice.speaker);
  useEffect(() => {
    const audio = ref.current;
    if (!audio || !media) return;
    audio.srcObject = new MediaStream([media]);
    audio.play().catch((error: unknown) => {
      const blocked = error instanceof DOMException && error.name === 'NotAllowedError';
      if (blocked) tell({ t: 'sound_blocked', blocked: true });
    });
    return () => {
      audio.srcObject = null;
    };
  }, [media, tell]);
  useEffect(() => {
    if ('setSinkId' in HTMLMediaElement.prototype)
      ref.current?.setSinkId(speaker).catch(() => undefined);
  }, [speaker]);
  return <audio ref={ref} autoPlay data-of={of} />;
}

function sharedSounds(roster: readonly Person[]): BoardKey[] {
  const tracks = roster.flatMap((one) => one.tracks);
  const shared = tracks.filter((one) => one.source === 'screen_audio');
  return shared.map(({ track }): BoardKey => `track:${track}`);
}

export function Sound() {
  const roster = usePart(rosterOf);
  const all = [...SLOTS.map(slotKey), ...sharedSounds(roster)];
  return (
    <div className="sound">
      {all.map((one) => (
        <Ear key={one} of={one} />
      ))}
    </div>
  );
}

/** Called from the person's click, which is what the browser was waiting for. */
export async function startSound(): Promise<boolean> {
  const all = [...document.querySelectorAll('.sound audio')] as HTMLAudioElement[];
  const done = await Promise.allSettled(
    all.filter((one) => one.srcObject).map((one) => one.play()),
  );
  return done.every((one) => one.status === 'fulfilled');
}

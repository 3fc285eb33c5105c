/*
 * What it is: the others' sound: one audio element for each of their microphones and shared sounds.
 * Only of people who are in the tree: nobody else is heard.
 */
import { useEffect, useRef } from 'react';
import { rosterOf } from '../call/roster';
import { usePart, useTell, useTrack } from './call';

function Voice({ track }: { track: number }) {
  const ref = useRef<HTMLAudioElement>(null);
  const tell = useTell();
  const media = useTrack(`track:${track}`);
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
  return <audio ref={ref} autoPlay data-track={track} />;
}

export function Sound() {
  const state = usePart((whole) => whole);
  const tracks = rosterOf(state)
    .flatMap((one) => one.tracks)
    .filter((one) => one.kind === 'audio');
  return (
    <div className="sound">
      {tracks.map(({ track }) => (
        <Voice key={track} track={track} />
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

/*
 * What it is: a video element for one track. Always muted: sound has its own elements.
 * It is there even without a picture, and becomes visible with the first frame.
 */
import { useEffect, useRef, useState } from 'react';

interface VideoProps {
  readonly track: MediaStreamTrack | undefined;
  readonly shown: boolean;
  readonly mirrored?: boolean;
  readonly whole?: boolean;
}

export function Video({ track, shown, mirrored = false, whole = false }: VideoProps) {
  const ref = useRef<HTMLVideoElement>(null);
  const [ready, setReady] = useState(false);
  useEffect(() => {
    const video = ref.current;
    if (!video) return;
    setReady(false);
    video.srcObject = track ? new MediaStream([track]) : null;
    if (track) video.play().catch(() => undefined);
    return () => {
      video.srcObject = null;
    };
  }, [track]);
  return (
    <video
      ref={ref}
      className="video"
      data-shown={shown && ready}
      data-mirrored={mirrored}
      data-whole={whole}
      muted
      autoPlay
      playsInline
      disablePictureInPicture
      aria-hidden="true"
      tabIndex={-1}
      onLoadedData={() => setReady(true)}
    />
  );
}

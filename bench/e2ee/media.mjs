// The media of the meeting that is measured: everybody else's tracks are opened, one's own are
// sealed (three layers of a camera, one voice).
export const KINDS = {
  video: {
    source: 'camera',
    context: 1,
    codec: 'video/VP8',
    bytes: 2_000,
    perSecond: 30,
    tracks: 25,
    own: 3,
  },
  voice: {
    source: 'mic',
    context: 0,
    codec: 'audio/opus',
    bytes: 120,
    perSecond: 50,
    tracks: 8,
    own: 1,
  },
};
/** Frames a second of everybody else, to open. */
export const ARRIVING = Object.values(KINDS).reduce(
  (n, kind) => n + kind.perSecond * kind.tracks,
  0,
);

/** Percent of a core for opening and sealing, from microseconds of each step. */
export function shareOf(us) {
  let perSecond = 0;
  for (const [name, { perSecond: rate, tracks, own }] of Object.entries(KINDS))
    perSecond += rate * (tracks * us[`${name} open`] + own * us[`${name} seal`]);
  return perSecond / 1e4;
}

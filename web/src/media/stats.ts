/*
 * What it is: the browser's WebRTC statistics, made readable. Pure but for the reports it is given.
 */

export interface StreamRow {
  readonly id: string;
  readonly sent: boolean;
  readonly kind: 'audio' | 'video';
  /** The id of its media track; '' where the browser does not say it. */
  readonly track: string;
  readonly bytes: number;
  readonly at: number;
  readonly kbps: number;
  readonly picture: string;
  readonly codec: string;
  /** Per cent; null where it is not known. */
  readonly lost: number | null;
  /** Sent: there and back, as the other side reports it. Received: held back until it is played. */
  readonly delay: number | null;
  /** Of what was played since the beginning: seconds in the buffer, and how many they are of. */
  readonly held: number;
  readonly played: number;
}
export interface StatsNow {
  readonly rows: readonly StreamRow[];
  readonly rtt: string;
  readonly path: string;
}

interface Entry {
  id: string;
  type: string;
  timestamp: number;
  kind?: 'audio' | 'video';
  trackIdentifier?: string;
  mediaSourceId?: string;
  codecId?: string;
  mimeType?: string;
  remoteId?: string;
  fractionLost?: number;
  roundTripTime?: number;
  jitterBufferDelay?: number;
  jitterBufferEmittedCount?: number;
  bytesSent?: number;
  bytesReceived?: number;
  frameWidth?: number;
  frameHeight?: number;
  framesPerSecond?: number;
  packetsLost?: number;
  packetsReceived?: number;
  nominated?: boolean;
  state?: string;
  currentRoundTripTime?: number;
  localCandidateId?: string;
  protocol?: string;
}
type Entries = ReadonlyMap<string, Entry>;

const perCent = (part: number) => Math.max(0, Math.round(1_000 * part) / 10);

function pictureOf({ frameWidth, frameHeight, framesPerSecond }: Entry): string {
  const size = frameWidth ? `${frameWidth}×${frameHeight ?? 0}` : '';
  return size && framesPerSecond ? `${size}, ${Math.round(framesPerSecond)}/s` : size;
}

function lostOf(entry: Entry, remote: Entry | undefined): number | null {
  if (entry.type === 'outbound-rtp')
    return remote?.fractionLost === undefined ? null : perCent(remote.fractionLost);
  const lost = entry.packetsLost ?? 0;
  const all = lost + (entry.packetsReceived ?? 0);
  return all <= 0 ? null : perCent(lost / all);
}

function delayOf(entry: Entry, remote: Entry | undefined, last: StreamRow | undefined) {
  if (entry.type === 'outbound-rtp')
    return remote?.roundTripTime === undefined ? null : Math.round(remote.roundTripTime * 1_000);
  const held = (entry.jitterBufferDelay ?? 0) - (last?.held ?? 0);
  const played = (entry.jitterBufferEmittedCount ?? 0) - (last?.played ?? 0);
  return played > 0 && held >= 0 ? Math.round((held / played) * 1_000) : null;
}

function rowOf(entry: Entry, entries: Entries, before: StatsNow | null): StreamRow | null {
  const sent = entry.type === 'outbound-rtp';
  if ((!sent && entry.type !== 'inbound-rtp') || !entry.kind) return null;
  const bytes = (sent ? entry.bytesSent : entry.bytesReceived) ?? 0;
  const last = before?.rows.find((one) => one.id === entry.id);
  const ms = last ? entry.timestamp - last.at : 0;
  const remote = entries.get(entry.remoteId ?? '');
  const source = entries.get(entry.mediaSourceId ?? '');
  return {
    id: entry.id,
    sent,
    kind: entry.kind,
    track: entry.trackIdentifier ?? source?.trackIdentifier ?? '',
    bytes,
    at: entry.timestamp,
    kbps: last && ms > 0 ? Math.max(0, Math.round(((bytes - last.bytes) * 8) / ms)) : 0,
    picture: pictureOf(entry),
    codec: (entries.get(entry.codecId ?? '')?.mimeType ?? '').replace(/^\w+\//, ''),
    lost: lostOf(entry, remote),
    delay: delayOf(entry, remote, last),
    held: entry.jitterBufferDelay ?? 0,
    played: entry.jitterBufferEmittedCount ?? 0,
  };
}

export function readStats(reports: readonly RTCStatsReport[], before: StatsNow | null): StatsNow {
  const rows: StreamRow[] = [];
  let rtt = '–';
  let path = '–';
  for (const report of reports) {
    const all = new Map([...report.values()].map((one: Entry) => [one.id, one]));
    for (const entry of all.values()) {
      const row = rowOf(entry, all, before);
      if (row) rows.push(row);
      if (entry.type !== 'candidate-pair' || !entry.nominated || entry.state !== 'succeeded')
        continue;
      if (entry.currentRoundTripTime !== undefined)
        rtt = `${Math.round(entry.currentRoundTripTime * 1_000)} ms`;
      const local = all.get(entry.localCandidateId ?? '');
      if (local?.protocol) path = local.protocol.toUpperCase();
    }
  }
  return { rows, rtt, path };
}

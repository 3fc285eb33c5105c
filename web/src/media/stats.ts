/*
 * What it is: the browser's WebRTC statistics, made readable. Pure but for the reports it is given.
 */

export interface StreamRow {
  readonly id: string;
  readonly sent: boolean;
  readonly kind: 'audio' | 'video';
  readonly bytes: number;
  readonly at: number;
  readonly kbps: number;
  readonly picture: string;
  /** Per cent; null where it is not known. */
  readonly lost: number | null;
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

function rowOf(entry: Entry, before: StatsNow | null): StreamRow | null {
  const sent = entry.type === 'outbound-rtp';
  if ((!sent && entry.type !== 'inbound-rtp') || !entry.kind) return null;
  const bytes = (sent ? entry.bytesSent : entry.bytesReceived) ?? 0;
  const last = before?.rows.find((one) => one.id === entry.id);
  const ms = last ? entry.timestamp - last.at : 0;
  const kbps = last && ms > 0 ? Math.max(0, Math.round(((bytes - last.bytes) * 8) / ms)) : 0;
  const size = entry.frameWidth ? `${entry.frameWidth}×${entry.frameHeight ?? 0}` : '';
  const picture =
    size && entry.framesPerSecond ? `${size}, ${Math.round(entry.framesPerSecond)}/s` : size;
  const all = (entry.packetsLost ?? 0) + (entry.packetsReceived ?? 0);
  const lost =
    sent || all <= 0 ? null : Math.max(0, Math.round((1000 * (entry.packetsLost ?? 0)) / all) / 10);
  return { id: entry.id, sent, kind: entry.kind, bytes, at: entry.timestamp, kbps, picture, lost };
}

export function readStats(reports: readonly RTCStatsReport[], before: StatsNow | null): StatsNow {
  const rows: StreamRow[] = [];
  let rtt = '–';
  let path = '–';
  for (const report of reports) {
    const entries = [...report.values()] as Entry[];
    for (const entry of entries) {
      const row = rowOf(entry, before);
      if (row) rows.push(row);
      if (entry.type !== 'candidate-pair' || !entry.nominated || entry.state !== 'succeeded')
        continue;
      if (entry.currentRoundTripTime !== undefined)
        rtt = `${Math.round(entry.currentRoundTripTime * 1_000)} ms`;
      const local = entries.find((one) => one.id === entry.localCandidateId);
      if (local?.protocol) path = local.protocol.toUpperCase();
    }
  }
  return { rows, rtt, path };
}

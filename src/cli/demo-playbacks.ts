import type { PlaybackCommand } from '../domain/playback/commands.js';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../domain/time.js';
import { createRandom, SERIES, uuidOf, videoOf } from './demo-history.js';

const HEARTBEAT_EVERY_MS = MINUTE_MS;
const VIEWERS = 80;
/** Of the playbacks of a day; a few are of nobody who can be recognised. */
const ANONYMOUS_SHARE = 0.1;

/**
 * Made-up viewers of the library: more in the evening, more of them from month to month, many who leave early. The same
 * `endMs` gives the same commands. One array per playback, oldest first by its start.
 */
export function* demoPlaybacks(days: number, endMs: number): Generator<PlaybackCommand[]> {
  const random = createRandom(20_261_123);
  const firstDay = Math.floor(endMs / DAY_MS) - days + 1;
  for (let day = firstDay; day < firstDay + days; day += 1) {
    const growth = 0.6 + (0.8 * (day - firstDay)) / days;
    const count = Math.floor((6 + 8 * random()) * growth);
    const starts = Array.from({ length: count }, () => startOf(day, random())).toSorted((a, b) => a - b);
    for (const startMs of starts) {
      const commands = playback(startMs, random);
      if ((commands.at(-1)?.receivedAtMs ?? 0) <= endMs) yield commands;
    }
  }
}

/** Two thirds of the day's starts lie between 18 and 23 o'clock. */
const startOf = (day: number, at: number): number =>
  day * DAY_MS + Math.floor((at < 0.33 ? 7 + (at / 0.33) * 11 : 18 + ((at - 0.33) / 0.67) * 5) * HOUR_MS);

function playback(startMs: number, random: () => number): PlaybackCommand[] {
  const series = SERIES[Math.floor(random() ** 1.7 * SERIES.length)] ?? SERIES[0];
  // The last one of each series cannot be played: see fillLibrary.
  const episode = 1 + Math.floor(random() ** 1.4 * (series.episodes - 1));
  const { videoKey, durationMs } = videoOf(series, episode);
  const lengthMs = durationMs ?? 0;
  const viewer = Math.floor(random() ** 1.6 * VIEWERS);
  const viewerUuid = random() < ANONYMOUS_SHARE ? null : uuidOf(`viewer ${viewer}`);
  const quality = ['1080p', '720p', '720p', '480p'][Math.floor(random() * 4)] ?? '720p';
  const playbackToken = uuidOf(`playback ${videoKey} ${startMs} ${viewer}`);
  // A third leaves within the first minutes, a third sees it to its end.
  const fate = random();
  const leaveMs = fate < 0.33 ? lengthMs * 0.2 * random() : fate > 0.66 ? lengthMs : lengthMs * random();
  const commands: PlaybackCommand[] = [
    {
      kind: 'startPlayback',
      playbackToken,
      videoKey,
      viewerUuid,
      quality,
      durationMs: lengthMs,
      positionMs: 0,
      isPlaying: true,
      receivedAtMs: startMs,
    },
  ];
  const maxCountedMs = 2 * HEARTBEAT_EVERY_MS;
  let nowMs = startMs;
  let positionMs = 0;
  while (positionMs + HEARTBEAT_EVERY_MS < leaveMs) {
    nowMs += HEARTBEAT_EVERY_MS;
    positionMs += HEARTBEAT_EVERY_MS;
    commands.push({
      kind: 'playbackHeartbeat',
      playbackToken,
      positionMs,
      isPlaying: true,
      quality,
      maxCountedMs,
      receivedAtMs: nowMs,
    });
  }
  const restMs = Math.floor(leaveMs - positionMs);
  commands.push({
    kind: 'endPlayback',
    playbackToken,
    positionMs: positionMs + restMs,
    maxCountedMs,
    receivedAtMs: nowMs + restMs,
  });
  return commands;
}

import type { PlaybackCommand } from '../../src/domain/playback/commands.js';
import { T0, uuid } from '../support/commands.js';
import { endPlayback, heartbeat, startPlayback } from '../support/playback-commands.js';
import type { Later } from './answers.js';
import { expectSame } from './compare.js';
import { ModelSite } from './site-model.js';
import type { SiteDeed, SiteQuestion, SiteStep } from './site-steps.js';

export type Deed = Exclude<SiteDeed, SiteQuestion | { readonly kind: 'flush' }>;

/** A video site: its library, its players and its audience. The model and the product answer in the same words. */
export interface Site {
  /** What a deed answers. */
  act(deed: Deed, now: number): Later<unknown>;
  /** The codes of what was refused. */
  flush(commands: readonly PlaybackCommand[], now: number): Later<readonly string[]>;
  /** Everything that is there. */
  state(): Later<object>;
  ask(question: SiteQuestion, now: number): Later<object>;
}

/** Plays a history to the model and to a site; throws when any answer differs. Answers the model as it is then. */
export async function playSite(steps: readonly SiteStep[], site: Site): Promise<ModelSite> {
  const model = new ModelSite();
  let now = T0;
  for (const { waitMs, deed } of steps) {
    now += waitMs;
    if (deed.kind === 'ask') {
      expectSame('ask', model.ask(deed, now), await site.ask(deed, now));
      continue;
    }
    if (deed.kind === 'flush') {
      const commands: PlaybackCommand[] = [];
      for (const report of deed.reports) {
        now += report.afterMs;
        commands.push(commandOf(report, now));
      }
      expectSame('flush', model.flush(commands).toSorted(), (await site.flush(commands, now)).toSorted());
    } else {
      expectSame(deed.kind, model.act(deed, now), await site.act(deed, now));
    }
    expectSame(`after ${deed.kind}`, model.state(), await site.state());
  }
  return model;
}

type Report = Extract<SiteDeed, { readonly kind: 'flush' }>['reports'][number];

function commandOf({ kind, token, ...report }: Report, at: number): PlaybackCommand {
  const { positionMs, isPlaying, quality } = report;
  switch (kind) {
    case 'start':
      return startPlayback(token, at, {
        videoKey: report.video,
        viewerUuid: report.viewer === null ? null : uuid(report.viewer),
        positionMs: positionMs ?? 0,
        ...{ isPlaying, quality },
      });
    case 'heartbeat':
      return heartbeat(token, at, positionMs, { isPlaying, quality });
    case 'end':
      return endPlayback(token, at, positionMs);
    default:
      return kind satisfies never;
  }
}

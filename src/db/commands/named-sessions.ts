import { sessionOf, type WriteCommand } from '../../domain/write-command.js';

export type CommandGroups = readonly (readonly WriteCommand[])[];

/** The sessions that the commands of a flush belong to, and those it starts. */
export interface NamedSessions {
  readonly all: ReadonlySet<string>;
  readonly starting: ReadonlySet<string>;
}

export function sessionsOf(groups: CommandGroups): NamedSessions {
  const all = new Set<string>();
  const starting = new Set<string>();
  for (const group of groups) {
    for (const command of group) {
      const uuid = sessionOf(command);
      if (uuid !== null) all.add(uuid);
      if (command.kind === 'startSession') starting.add(command.sessionUuid);
    }
  }
  return { all, starting };
}
